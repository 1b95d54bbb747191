#include "injectors/devices/netem/clsact/filter_steering.hpp"

#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/netem/clsact/filters.hpp"
#include "injectors/devices/netem/clsact/hooks.hpp"
#include "injectors/devices/netem/clsact/ranks.hpp"
#include "injectors/devices/netem/links.hpp"

#include <fmt/format.h>

#include <net/if.h>

#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace gameday::devices::netem {

namespace {

using kernel::Namespace;
using kernel::Netlink;
using kernel::Side;

// All filters of one rank at one hook.
struct Piece {
    Hook hook;
    Rank rank;
    std::vector<NewFilter> filters;
};

// Below what a socket takes at once everywhere (net.core.wmem_max is 208 KiB or more).
constexpr std::size_t bytes_at_once = 160 * 1024;

Bytes deletes_of(const std::vector<Piece>& pieces) {
    Bytes all;
    for (const auto& piece : pieces) {
        const Bytes one = delete_filters(piece.hook, piece.rank, 0, 0);
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

Error explained(Error error, int number) {
    if (number == ENOENT || number == EOPNOTSUPP) {
        error.code = ErrorCode::unsupported;
        error.message +=
            ": this kernel lacks cls_u32 or act_mirred. Debian and Ubuntu: `modprobe -a cls_u32 "
            "act_mirred`";
    }
    return std::move(error).within("adding filters");
}

Duration shortest_lease(const std::vector<Steered>& faults) {
    return std::min_element(faults.begin(), faults.end(),
                            [](const Steered& a, const Steered& b) { return a.lease < b.lease; })
        ->lease;
}

class FilterSteering final : public Steering {
 public:
    FilterSteering(Netlink route, Netlink for_reaper, std::uint32_t mark,
                   std::shared_ptr<Reaper> reaper)
        : route_(std::move(route)),
          for_reaper_(std::move(for_reaper)),
          mark_(mark),
          reaper_(std::move(reaper)) {}
    FilterSteering(const FilterSteering&) = delete;
    FilterSteering& operator=(const FilterSteering&) = delete;
    ~FilterSteering() override {
        if (seat_) (void)take_off();  // there is nobody left to tell
    }

    // Filters bite as they are made: they are made by replace().
    Result<void> stage(const std::vector<Steered>& faults, const Ends& ends) override {
        const std::lock_guard lock(mutex_);
        auto pieces = pieces_of(faults, ends);
        return pieces ? Result<void>() : Result<void>(pieces.error());
    }

    Result<void> replace(const std::vector<Steered>& faults, const Ends& ends) override {
        const std::lock_guard lock(mutex_);
        auto counted = count();
        if (!counted) return counted.error();
        if (faults.empty()) {
            auto done = take_off();
            if (done) counted_before_ = std::move(*counted);
            return done;
        }
        if (!lapse_.empty()) return Error{ErrorCode::failed, lapse_};
        auto pieces = pieces_of(faults, ends);
        if (!pieces) return pieces.error();
        if (auto prepared = prepare(*pieces); !prepared) return abandon(*pieces, prepared.error());
        if (auto put = exchange(*pieces, shortest_lease(faults)); !put) {
            return abandon(*pieces, put.error());
        }
        counted_before_ = std::move(*counted);
        chains_.clear();
        for (const auto& [chain, end] : ends) chains_[static_cast<int>(end.index)] = chain;
        return {};
    }

    Result<std::map<std::string, std::uint64_t>> packets() override {
        const std::lock_guard lock(mutex_);
        return count();
    }

    std::string lapse() override {
        const std::lock_guard lock(mutex_);
        if (lapse_.empty() && !standing_.empty()) {
            beat();
            if (lapse_.empty()) lapse_ = check_standing(standing_);
        }
        return lapse_;
    }

    void renew() override {
        const std::lock_guard lock(mutex_);
        if (lapse_.empty() && !standing_.empty()) beat();
    }

 private:
    [[nodiscard]] int next_slot() const { return 1 - slot_; }

    // The filters as they will stand, in the slot that is free.
    Result<std::vector<Piece>> pieces_of(const std::vector<Steered>& faults, const Ends& ends) {
        auto all = links(route_);
        if (!all) return all.error();
        const int slot = next_slot();
        std::vector<Piece> pieces;
        names_.clear();
        for (const auto& link : *all) {
            if (link.name.starts_with(kernel::own_interface_prefix)) continue;
            names_[link.index] = link.name;
            for (const Side side : {Side::ingress, Side::egress}) {
                for (const bool v6 : {false, true}) {
                    auto filters = filters_of(faults, side, v6, (link.flags & IFF_LOOPBACK) != 0);
                    if (!filters) return filters.error();
                    if (filters->empty()) continue;
                    pieces.push_back({{link.index, side}, slot_rank(side, slot, v6), {}});
                    number(*filters, ends, pieces.back());
                }
            }
        }
        return pieces;
    }

    void number(const std::vector<Filter>& filters, const Ends& ends, Piece& piece) const {
        for (const auto& filter : filters) {
            for (auto& keys : keys_of(filter.match)) {
                NewFilter made{piece.hook, piece.rank, 0, mark_, 0, std::move(keys)};
                made.node = static_cast<std::uint16_t>(piece.filters.size() + 1);
                if (!filter.chain.empty()) {
                    made.target = static_cast<int>(ends.at(filter.chain).index);
                }
                piece.filters.push_back(std::move(made));
            }
        }
    }

    // All that touches no packet yet.
    Result<void> prepare(const std::vector<Piece>& pieces) {
        if (standing_.empty()) {  // what a dead process of this run has left
            if (auto cleared = remove_marked(route_, mark_); !cleared) return cleared;
        }
        std::map<int, Wanted> wanted;
        std::set<Hook> hooks;
        for (const auto& piece : pieces) {
            auto& each = wanted[piece.hook.link];
            each.link = piece.hook.link;
            each.name = names_[each.link];
            each.egress = each.egress || piece.hook.side == Side::egress;
            hooks.insert(piece.hook);
        }
        if (auto free = check_free(route_, {hooks.begin(), hooks.end()}, mark_); !free) {
            return free;
        }
        std::vector<Wanted> all;
        for (const auto& [link, each] : wanted) all.push_back(each);
        return claim_clsact(route_, all, mark_);
    }

    // The new ones beside the old ones, then without them. The reaper knows of all there may be.
    Result<void> exchange(std::vector<Piece>& pieces, Duration lease) {
        if (!seat_) {
            auto seat = reaper_->join(for_reaper_.descriptor());
            if (!seat) return seat.error();
            seat_ = *seat;
        }
        auto both = pieces;
        both.insert(both.end(), standing_.begin(), standing_.end());
        if (auto armed = reaper_->arm(*seat_, deletes_of(both), lease); !armed) return armed;
        for (const auto& piece : pieces) {
            if (auto added = add(piece); !added) return added;
        }
        if (auto stand = check_standing(pieces); !stand.empty()) {
            return Error{ErrorCode::failed, stand};
        }
        // If the lease ran out meanwhile the reaper may have been too early for some.
        if (auto kept = reaper_->beat(*seat_); !kept) return kept;
        const auto old = std::exchange(standing_, std::move(pieces));
        slot_ = next_slot();
        lease_ = lease;
        remove(old);
        // Sent once more for nothing if this fails; whether the reaper is well is seen by renew().
        (void)reaper_->arm(*seat_, deletes_of(standing_), lease);
        return {};
    }

    Result<void> add(const Piece& piece) {
        std::vector<Bytes> messages;
        std::size_t size = 0;
        const auto flush = [&]() -> Result<void> {
            if (messages.empty()) return {};
            // A rank that the reaper has emptied meanwhile must not be filled further: the filters
            // that let pass would be missing.
            if (auto kept = reaper_->beat(*seat_); !kept) return kept;
            auto sent = route_.send(in_one_piece(messages), 1);
            messages.clear();
            size = 0;
            if (!sent) return explained(sent.error(), route_.error_number());
            return {};
        };
        for (const auto& filter : piece.filters) {
            messages.push_back(add_filter(filter, route_.next_sequence(1)));
            size += messages.back().size();
            if (size < bytes_at_once) continue;
            if (auto sent = flush(); !sent) return sent;
        }
        return flush();
    }

    void remove(const std::vector<Piece>& pieces) {
        for (const auto& piece : pieces) {
            // Fails when it is not there, or its interface has gone; what else may have stayed is
            // found by remove_marked.
            (void)route_.send(
                in_one_piece({delete_filters(piece.hook, piece.rank, 0, route_.next_sequence(1))}),
                1);
        }
    }

    // After a failed change: the new filters go, and all is as before. Returns the error.
    Error abandon(const std::vector<Piece>& pieces, Error error) {
        if (standing_.empty()) {
            (void)take_off();  // the first error counts
            return error;
        }
        remove(pieces);
        beat();
        if (lapse_.empty()) (void)reaper_->arm(*seat_, deletes_of(standing_), lease_);
        return error;
    }

    Result<void> take_off() {
        auto removed = remove_marked(route_, mark_);
        if (!removed) return removed;
        if (seat_) reaper_->leave(*seat_);
        seat_.reset();
        standing_.clear();
        lapse_.clear();
        return {};
    }

    // What is missing of these pieces; "" when all is there, or went with its interface.
    std::string check_standing(const std::vector<Piece>& pieces) {
        std::set<int> there;
        if (const auto all = links(route_)) {
            for (const auto& link : *all) there.insert(link.index);
        }
        for (const auto& piece : pieces) {
            if (!there.contains(piece.hook.link)) continue;
            const auto filters = filters_at(route_, piece.hook);
            if (!filters) return filters.error().message;
            const auto count =
                std::count_if(filters->begin(), filters->end(), [&](const StandingFilter& each) {
                    return each.rank == piece.rank && each.mark == mark_;
                });
            if (count == static_cast<std::ptrdiff_t>(piece.filters.size())) continue;
            return fmt::format(
                "of its {} filters on the interface {} there are {}: somebody else took them off",
                piece.filters.size(), names_[piece.hook.link], count);
        }
        return {};
    }

    void beat() {
        const auto kept = reaper_->beat(*seat_);
        if (kept) return;
        lapse_ = kept.error().code == ErrorCode::timed_out
                     ? "its lease ran out before it was healed: gameday stood still for too long"
                     : kept.error().message;
        remove(standing_);  // the reaper has; unless somebody killed it
    }

    Result<std::map<std::string, std::uint64_t>> count() {
        auto sums = counted_before_;
        std::set<Hook> hooks;
        for (const auto& piece : standing_) hooks.insert(piece.hook);
        for (const auto& hook : hooks) {
            auto filters = filters_at(route_, hook);
            if (!filters) return filters.error();
            for (const auto& filter : *filters) {
                const auto chain = chains_.find(filter.target);
                const bool counts =
                    is_in_slot(filter, slot_) && filter.mark == mark_ && chain != chains_.end();
                if (counts) sums[chain->second] += filter.packets;
            }
        }
        return sums;
    }

    std::mutex mutex_;
    Netlink route_, for_reaper_;
    std::uint32_t mark_;
    std::shared_ptr<Reaper> reaper_;
    std::optional<Reaper::Seat> seat_;
    std::vector<Piece> standing_;
    int slot_ = 1;
    Duration lease_{};
    std::map<int, std::string> names_;   // of interfaces, by index
    std::map<int, std::string> chains_;  // by the index of their ifb
    std::map<std::string, std::uint64_t> counted_before_;
    std::string lapse_;
};

}  // namespace

OpenSteering steer_by_filters(const std::string& run_dir, const std::shared_ptr<Reaper>& reaper) {
    return [mark = mark_of(run_dir), reaper](
               const std::shared_ptr<const Namespace>& where) -> Result<std::shared_ptr<Steering>> {
        auto route = Netlink::open(*where, NETLINK_ROUTE);
        if (!route) return route.error();
        auto for_reaper = Netlink::open(*where, NETLINK_ROUTE);
        if (!for_reaper) return for_reaper.error();
        return std::shared_ptr<Steering>(std::make_shared<FilterSteering>(
            std::move(*route), std::move(*for_reaper), mark, reaper));
    };
}

}  // namespace gameday::devices::netem
