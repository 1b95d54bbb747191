#include "injectors/devices/netem/host_netem.hpp"

#include "injectors/devices/netem/drain.hpp"
#include "injectors/kernel/host/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <net/if.h>

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gameday::devices::netem {

using kernel::Netlink;
using kernel::OwnedTables;

namespace {

// What a wire takes: the payload, and the header of the link with a tag.
constexpr std::uint32_t link_header = 18;

// A netem drops on purpose, or for lack of room; whether it can only have been the latter.
bool drops_nothing(const kernel::Impairment& it) {
    return it.loss.share == 0 && !it.gilbert_elliott && !it.four_state && it.rate == 0 &&
           it.corrupt == 0;
}

Place place_of(const Link& link, bool split) {
    return {link.index, split ? splitter_handle | 1U : root, own_handle};
}

Error without_netem(Error error) {
    return {ErrorCode::unsupported,
            error.message +
                ": this kernel lacks sch_netem. Debian and Ubuntu: `modprobe sch_netem`, with "
                "linux-modules-extra-$(uname -r) installed; Fedora and RHEL: kernel-modules-extra; "
                "WSL2 and Docker Desktop have none: use the device nfqueue"};
}

}  // namespace

HostNetem::HostNetem(kernel::Namespace where, std::unique_ptr<kernel::TargetWatch> watch,
                     std::string run_dir, kernel::LeaseKeeper& keeper, Netlink route,
                     std::shared_ptr<OwnedTables> tables)
    : where_(std::move(where)),
      watch_(std::move(watch)),
      run_dir_(std::move(run_dir)),
      keeper_(keeper),
      route_(std::move(route)),
      tables_(std::move(tables)) {}

HostNetem::~HostNetem() { keeper_.close(tables_); }

Result<std::unique_ptr<HostNetem>> HostNetem::open(kernel::Namespace where, std::string run_dir,
                                                   kernel::LeaseKeeper& keeper) {
    auto route = Netlink::open(where, NETLINK_ROUTE);
    if (!route) return route.error();
    auto tables = OwnedTables::open(where);
    if (!tables) return tables.error();
    auto watch = kernel::TargetWatch::open(where);
    if (!watch) return watch.error();
    return std::unique_ptr<HostNetem>(new HostNetem(std::move(where), std::move(*watch),
                                                    std::move(run_dir), keeper, std::move(*route),
                                                    std::move(*tables)));
}

std::vector<Steered> HostNetem::with(const Steered& fault) const {
    auto faults = faults_;
    std::erase_if(faults, [&](const Steered& each) { return each.fault == fault.fault; });
    faults.push_back(fault);
    return faults;
}

Result<void> HostNetem::prepare(const Steered& fault) {
    note_lapse();
    if (auto forgotten = forget_ready(); !forgotten) return forgotten;
    auto faults = with(fault);
    auto ends = ends_for(faults);
    if (!ends) return ends.error();
    ready_ = Ready{std::move(faults), std::move(*ends)};
    seen_.insert(fault.fault);
    auto staged = put(&OwnedTables::stage, ready_->faults, ready_->ends);
    if (!staged) (void)forget_ready();  // the first error counts
    return staged;
}

Result<void> HostNetem::set(const Steered& fault) {
    note_lapse();
    seen_.insert(fault.fault);
    return apply(with(fault));
}

Result<void> HostNetem::clear(std::uint32_t fault) {
    note_lapse();
    auto faults = faults_;
    const auto gone =
        std::erase_if(faults, [&](const Steered& each) { return each.fault == fault; });
    auto done = gone > 0 ? apply(faults) : forget_ready();
    std::vector<std::string> keep;
    for (const auto& [chain, end] : ends_) keep.push_back(end.link.name);
    auto swept = delete_ours(route_, run_dir_, keep);
    return done ? swept : done;
}

Result<void> HostNetem::apply(const std::vector<Steered>& faults) {
    if (ready_ && ready_->faults != faults) {
        if (auto forgotten = forget_ready(); !forgotten) return forgotten;
    }
    auto ends = ready_ ? Result<AllEnds>(std::move(ready_->ends)) : ends_for(faults);
    ready_.reset();
    if (!ends) return ends.error();
    const auto steered = steer(faults, *ends);
    auto unused = steered ? without(std::move(ends_), *ends) : without(std::move(*ends), ends_);
    if (steered) {
        faults_ = faults;
        ends_ = std::move(*ends);
    }
    auto retired = retire(std::move(unused));
    return steered ? retired : steered;
}

HostNetem::AllEnds HostNetem::without(AllEnds ends, const AllEnds& others) {
    std::erase_if(ends, [&](const auto& each) {
        const auto found = others.find(each.first);
        return found != others.end() && found->second.link.index == each.second.link.index;
    });
    return ends;
}

Result<void> HostNetem::forget_ready() {
    if (!ready_) return {};
    auto ends = without(std::move(ready_->ends), ends_);
    ready_.reset();
    return retire(std::move(ends));
}

// The ends as they will be: those that stand and do the same already, and new ones.
Result<HostNetem::AllEnds> HostNetem::ends_for(const std::vector<Steered>& faults) {
    auto leaves = leaves_of(faults);
    if (!leaves) return leaves.error();
    AllEnds ends, fresh;
    for (const auto& leaf : *leaves) {
        const auto chain = chain_of(leaf);
        const auto stands = ends_.find(chain);
        if (stands != ends_.end() && stands->second.leaf == leaf) {
            ends.insert(*stands);
            continue;
        }
        auto made = make_end(leaf);
        if (!made) {
            for (const auto& [name, end] : fresh) (void)remove(end);  // the first error counts
            return made.error();
        }
        fresh.emplace(chain, *made);
        ends.emplace(chain, std::move(*made));
    }
    return ends;
}

Result<HostNetem::End> HostNetem::make_end(const Leaf& leaf) {
    auto settings = settings_of(leaf.impairment);
    if (!settings) return settings.error();
    const auto alias = fmt::format("{} {}", alias_start(run_dir_), fmt::join(leaf.faults, " "));
    auto link = create_ifb(route_, ifb_name(kernel::run_tag(run_dir_), ++made_), alias);
    if (!link) return link.error();
    End end{*link, leaf, *settings};
    auto done = add_qdiscs(end);
    if (done) done = read_back(end);
    if (done) return end;
    (void)remove(end);  // the first error counts
    return std::move(done.error()).within(fmt::format("netem on {}", link->name));
}

Result<void> HostNetem::add_qdiscs(const End& end) {
    const auto& impairment = end.leaf.impairment;
    if (impairment.wire_accurate) {
        auto all = links(route_);
        if (!all) return all.error();
        std::uint32_t widest = 1500;
        for (const auto& link : *all) {
            const bool counts = (link.flags & IFF_LOOPBACK) == 0 && (link.flags & IFF_UP) != 0;
            if (counts) widest = std::max(widest, link.mtu);
        }
        auto split = route_.send(add_splitter({end.link.index, root, splitter_handle},
                                              widest + link_header, route_.next_sequence(1)),
                                 1);
        if (!split) return std::move(split.error()).within("tbf, which splits super-packets");
    }
    auto added = route_.send(add_netem(place_of(end.link, impairment.wire_accurate), end.settings,
                                       table_of(impairment), route_.next_sequence(1)),
                             1);
    if (!added && route_.error_number() == ENOENT) return without_netem(added.error());
    return added;
}

Result<void> HostNetem::read_back(const End& end) {
    auto all = qdiscs(route_);
    if (!all) return all.error();
    const auto place = place_of(end.link, end.leaf.impairment.wire_accurate);
    for (const auto& each : *all) {
        if (each.place != place || !each.settings) continue;
        const auto different = difference(end.settings, *each.settings);
        if (different.empty()) return {};
        auto other = *each.settings;
        other.seed = end.settings.seed;
        if (difference(end.settings, other).empty()) {
            return unsupported("this kernel takes no seed for netem (6.6 does): leave it out");
        }
        return Error{ErrorCode::failed, "the kernel has something else in force: " + different};
    }
    return failed("there is none after it was made");
}

// Has the table that leads the packets of these faults to the ends staged or put in force.
Result<void> HostNetem::put(Result<void> (OwnedTables::*way)(std::vector<kernel::nft::Table>),
                            const std::vector<Steered>& faults, const AllEnds& ends) {
    auto interfaces = kernel::interfaces(where_);
    if (!interfaces) return interfaces.error();
    Ends forward;
    for (const auto& [chain, end] : ends) {
        forward[chain] = {end.link.name, static_cast<std::uint32_t>(end.link.index)};
    }
    auto done = ((*tables_).*way)({table_of(table_name(run_dir_), faults, *interfaces, forward)});
    if (done) return done;
    return Error(done.error()).within("a table of nf_tables that leads to an ifb");
}

Result<void> HostNetem::steer(const std::vector<Steered>& faults, const AllEnds& ends) {
    note_changes();
    if (!faults.empty()) {
        if (auto listed = watch_->start_anew(where_); !listed) return listed;
    }
    keeper_.release(tables_);
    auto done = faults.empty() ? tables_->remove() : put(&OwnedTables::replace, faults, ends);
    const auto& standing = done ? faults : faults_;
    if (standing.empty()) return done;
    const auto shortest = std::ranges::min_element(standing, {}, &Steered::lease);
    keeper_.keep(tables_, shortest->lease);
    return done;
}

// Waits until the packets inside have come out, then deletes; tries all, reports the first failure.
Result<void> HostNetem::retire(AllEnds ends) {
    if (ends.empty()) return {};
    std::set<int> indexes;
    for (const auto& [chain, end] : ends) indexes.insert(end.link.index);
    auto first = drain(route_, indexes);
    if (auto all = qdiscs(route_)) {
        for (const auto& [chain, end] : ends) {
            for (const auto& each : *all) {
                const auto place = place_of(end.link, end.leaf.impairment.wire_accurate);
                if (each.place == place) note_overflow(end, each.counters);
            }
        }
    }
    for (const auto& [chain, end] : ends) {
        auto removed = remove(end);
        if (!removed && first) first = removed;
    }
    return first;
}

Result<void> HostNetem::remove(const End& end) {
    auto deleted = route_.send(delete_link(end.link.index, route_.next_sequence(1)), 1);
    if (deleted || route_.error_number() == ENODEV) return {};
    return std::move(deleted.error()).within("deleting the interface " + end.link.name);
}

void HostNetem::note_overflow(const End& end, const Counters& counters) {
    if (counters.dropped == 0 || !drops_nothing(end.leaf.impairment)) return;
    for (const auto fault : end.leaf.faults) {
        troubles_[fault] = fmt::format(
            "{} packets were lost because more than {} were on their way at once: give the fault a "
            "larger limit",
            counters.dropped, end.settings.limit);
    }
}

// Faults whose lease has ended stay ended: what comes back unseen would be worse.
void HostNetem::note_lapse() {
    if (!tables_->lapsed()) return;
    for (const auto& each : faults_) {
        troubles_[each.fault] =
            "its lease ran out before it was healed: gameday stood still for too long";
    }
    (void)apply({});  // what could not be taken off is tried again by the clear of each fault
}

// The table stands on the interfaces there were when it was made.
void HostNetem::note_changes() {
    for (const auto& each : faults_) {
        auto change = watch_->change(where_);
        if (!change.empty()) troubles_.emplace(each.fault, std::move(change));
    }
}

std::string HostNetem::trouble(std::uint32_t fault) const {
    if (const auto found = troubles_.find(fault); found != troubles_.end()) return found->second;
    const bool stands =
        std::ranges::any_of(faults_, [&](const Steered& each) { return each.fault == fault; });
    return stands ? watch_->change(where_) : std::string();
}

std::int64_t HostNetem::packets(std::uint32_t fault) const {
    auto counted = tables_->packets();
    if (!counted) return -1;
    std::int64_t sum = 0;
    for (const auto& [chain, packets] : *counted) {
        if (chain_has(chain, fault)) sum += static_cast<std::int64_t>(packets);
    }
    return sum;
}

Result<void> sweep(const kernel::Namespace& where, const std::string& run_dir) {
    auto route = Netlink::open(where, NETLINK_ROUTE);
    if (!route) return route.error();
    auto all = links(*route);
    if (!all) return all.error();
    std::set<int> ours;
    for (const auto& link : *all) {
        if (is_ours(link, run_dir)) ours.insert(link.index);
    }
    auto drained = drain(*route, ours);
    auto deleted = delete_ours(*route, run_dir, {});
    return drained ? deleted : drained;
}

}  // namespace gameday::devices::netem
