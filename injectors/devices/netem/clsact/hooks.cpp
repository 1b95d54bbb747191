#include "injectors/devices/netem/clsact/hooks.hpp"

#include "injectors/devices/netem/clsact/ranks.hpp"
#include "injectors/devices/netem/encode.hpp"
#include "injectors/devices/netem/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gameday::devices::netem {

using kernel::Netlink;
using kernel::Side;

namespace {

// Whose filter it is, as far as the kernel can tell.
std::string owner_of(const StandingFilter& filter, const std::vector<Link>& all) {
    const auto target = std::find_if(all.begin(), all.end(), [&](const Link& link) {
        return filter.target != 0 && link.index == filter.target;
    });
    if (target == all.end()) return fmt::format("of kind {}", filter.kind);
    return fmt::format("of kind {}, which leads to {} (alias \"{}\")", filter.kind, target->name,
                       target->alias);
}

bool is_marked(const StandingFilter& filter, std::uint32_t mark) {
    return has_own_priority(filter) && filter.kind == "u32" && filter.mark == mark;
}
bool is_claim(const StandingFilter& filter, std::uint32_t mark) {
    return is_marked(filter, mark) && filter.rank == claim_rank(filter.side);
}

// One change that is fine when what it is about has gone meanwhile.
Result<void> remove(Netlink& route, const Bytes& message) {
    auto done = route.send(in_one_piece({message}), 1);
    const int error = route.error_number();
    const bool gone = !done && (error == ENOENT || error == ENODEV || error == EINVAL);
    return gone ? Result<void>() : done;
}

void keep_first(Result<void>& first, const Result<void>& next) {
    if (first && !next) first = next;
}

// Those with the mark that are claims, or those that are not. A whole rank at once where it is ours
// alone: one by one, the filters that let pass would go before those that lead away, and the frame
// around them would stay.
Result<void> remove_ranks(Netlink& route, const Hook& hook, std::uint32_t mark, bool claims) {
    const auto filters = filters_at(route, hook);
    if (!filters) return filters.error();
    std::map<Rank, std::vector<StandingFilter>> own;
    for (const auto& filter : *filters) {
        if (!is_marked(filter, mark) || is_claim(filter, mark) != claims) continue;
        own[filter.rank].push_back(filter);
    }
    Result<void> first;
    for (auto& [rank, marked] : own) {
        const auto there = std::count_if(filters->begin(), filters->end(), [&](const auto& each) {
            return each.rank.priority == rank.priority;
        });
        if (there == static_cast<std::ptrdiff_t>(marked.size())) {
            keep_first(first, remove(route, delete_filters(hook, rank, 0, route.next_sequence(1))));
            continue;
        }
        std::reverse(marked.begin(), marked.end());
        for (const auto& filter : marked) {
            keep_first(first, remove(route, delete_filters(hook, rank, filter.handle,
                                                           route.next_sequence(1))));
        }
    }
    return first;
}

// Whether some of those are still there: an ifb that is deleted before them swallows the packets.
Result<void> check_removed(Netlink& route, const std::map<int, std::string>& qdiscs,
                           std::uint32_t mark) {
    for (const auto& [link, qdisc] : qdiscs) {
        for (const auto& hook : hooks_of(link, qdisc)) {
            auto filters = filters_at(route, hook);
            if (!filters) return filters.error();
            const bool left =
                std::any_of(filters->begin(), filters->end(), [&](const StandingFilter& each) {
                    return is_marked(each, mark) && !is_claim(each, mark);
                });
            if (left) return Error{ErrorCode::failed, "the kernel has not let go of all of them"};
        }
    }
    return {};
}

// The claims on an interface, and its clsact if that was made by us and nobody else uses it.
Result<void> remove_claims(Netlink& route, int link, const std::string& qdisc, std::uint32_t mark) {
    bool made = false, foreign = false;
    for (const auto& hook : hooks_of(link, qdisc)) {
        auto filters = filters_at(route, hook);
        if (!filters) return filters.error();
        for (const auto& filter : *filters) {
            constexpr std::uint32_t node = 0xfff;
            const bool claim = is_claim(filter, mark);
            foreign = foreign || !claim;
            made = made || (claim && (filter.handle & node) == claim_made);
        }
    }
    // The claims go with it, so it cannot stay behind without them.
    if (made && !foreign) return remove(route, delete_clsact(link, route.next_sequence(1)));
    Result<void> first;
    for (const auto& hook : hooks_of(link, qdisc)) {
        keep_first(first, remove_ranks(route, hook, mark, true));
    }
    return first;
}

Result<void> claim_one(Netlink& route, const Wanted& wanted, const std::string& qdisc,
                       std::uint32_t mark) {
    const bool made = qdisc.empty();
    const auto hooks = hooks_of(wanted.link, made ? "clsact" : qdisc);
    std::vector<Bytes> messages;
    if (made) messages.push_back(add_clsact(wanted.link, route.next_sequence(1)));
    for (const auto& hook : hooks) {
        auto filters = made ? Result<std::vector<StandingFilter>>() : filters_at(route, hook);
        if (!filters) return filters.error();
        const bool claimed = std::any_of(filters->begin(), filters->end(),
                                         [&](const auto& each) { return is_claim(each, mark); });
        if (claimed) continue;
        messages.push_back(add_filter(claim(hook, mark, made), route.next_sequence(1)));
    }
    if (messages.empty()) return {};
    auto done = route.send(in_one_piece(messages), 1);
    if (done) return done;
    const int error = route.error_number();
    // Somebody was faster: what we have put there must not say that we made it.
    for (const auto& hook : hooks) (void)remove_ranks(route, hook, mark, true);
    auto failure = std::move(done.error()).within("clsact of the interface " + wanted.name);
    if (error == ENOENT || error == EOPNOTSUPP) {
        failure.code = ErrorCode::unsupported;
        failure.message +=
            ": this kernel lacks sch_ingress (which has clsact) or cls_u32. Debian and Ubuntu: "
            "`modprobe -a sch_ingress cls_u32 act_mirred`";
    }
    return failure;
}

}  // namespace

Result<std::map<int, std::string>> filter_qdiscs(Netlink& route) {
    auto answers = route.dump(dump_qdiscs(route.next_sequence(1)));
    if (!answers) return std::move(answers.error()).within("listing qdiscs");
    std::map<int, std::string> found;
    for (const auto& answer : *answers) {
        const auto standing = read_qdisc(answer);
        if (standing && standing->place.handle == clsact_handle) {
            found[standing->place.link] = standing->kind;
        }
    }
    return found;
}

std::vector<Hook> hooks_of(int link, const std::string& qdisc) {
    if (qdisc == "ingress") return {{link, Side::ingress}};
    return {{link, Side::ingress}, {link, Side::egress}};
}

Result<std::vector<StandingFilter>> filters_at(Netlink& route, const Hook& hook) {
    auto answers = route.dump(dump_filters(hook, route.next_sequence(1)));
    std::vector<StandingFilter> found;
    if (!answers && (route.error_number() == ENODEV || route.error_number() == EINVAL)) {
        return found;
    }
    if (!answers) return std::move(answers.error()).within("listing filters");
    for (const auto& answer : *answers) {
        if (auto filter = read_filter(answer)) found.push_back(std::move(*filter));
    }
    return found;
}

Result<void> check_free(Netlink& route, const std::vector<Hook>& hooks, std::uint32_t mark) {
    auto all = links(route);
    if (!all) return all.error();
    for (const auto& hook : hooks) {
        auto filters = filters_at(route, hook);
        if (!filters) return filters.error();
        std::erase_if(*filters, [&](const StandingFilter& each) {
            return !has_own_priority(each) || is_marked(each, mark);
        });
        if (filters->empty()) continue;
        // One that leads somewhere says best whose it is.
        const auto& filter =
            *std::max_element(filters->begin(), filters->end(),
                              [](const auto& a, const auto& b) { return a.target < b.target; });
        const auto link = std::find_if(all->begin(), all->end(),
                                       [&](const Link& each) { return each.index == hook.link; });
        return Error{
            ErrorCode::refused,
            fmt::format("on the interface {} a filter {} has the preference {}, which gameday "
                        "uses: let that run end (or `gameday recover` it), or take the filter off "
                        "if nobody needs it",
                        link == all->end() ? std::to_string(hook.link) : link->name,
                        owner_of(filter, *all), filter.rank.priority)};
    }
    return {};
}

Result<void> claim_clsact(Netlink& route, const std::vector<Wanted>& wanted, std::uint32_t mark) {
    auto qdiscs = filter_qdiscs(route);
    if (!qdiscs) return qdiscs.error();
    for (const auto& each : wanted) {
        const auto found = qdiscs->find(each.link);
        if (found == qdiscs->end() || found->second != "ingress" || !each.egress) continue;
        return Error{ErrorCode::refused,
                     fmt::format("the interface {} has a qdisc \"ingress\" of somebody else, which "
                                 "sees only what arrives: replace it by clsact, which is the same "
                                 "for its filters, or impair at the other end",
                                 each.name)};
    }
    for (const auto& each : wanted) {
        const auto found = qdiscs->find(each.link);
        auto done =
            claim_one(route, each, found == qdiscs->end() ? std::string() : found->second, mark);
        if (!done) return done;
    }
    return {};
}

Result<void> remove_marked(Netlink& route, std::uint32_t mark) {
    auto qdiscs = filter_qdiscs(route);
    if (!qdiscs) return qdiscs.error();
    Result<void> first;
    for (const auto& [link, qdisc] : *qdiscs) {
        for (const auto& hook : hooks_of(link, qdisc)) {
            keep_first(first, remove_ranks(route, hook, mark, false));
        }
    }
    keep_first(first, check_removed(route, *qdiscs, mark));
    for (const auto& [link, qdisc] : *qdiscs) {
        keep_first(first, remove_claims(route, link, qdisc, mark));
    }
    return first ? first : std::move(first.error()).within("taking filters off");
}

}  // namespace gameday::devices::netem
