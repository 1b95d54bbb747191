#include "harness/view/office.hpp"

#include "harness/model/goodness.hpp"
#include "harness/view/serving.hpp"

#include <algorithm>
#include <map>

namespace gameday::view {
namespace {

// Of the newest samples the primary of the highest term; nobody when two claim that term.
NodeId leader(const std::map<NodeId, RoleSample>& newest) {
    NodeId leads;
    std::optional<std::uint64_t> term;
    for (const auto& [node, sample] : newest) {
        if (sample.role != Role::primary) continue;
        if (term && sample.term < *term) continue;
        leads = term && sample.term == *term ? NodeId() : node;
        term = sample.term;
    }
    return leads;
}

}  // namespace

Office::Office(const std::vector<RoleSample>& roles) {
    std::map<NodeId, RoleSample> newest;
    for (const auto& sample : roles) {
        newest[sample.node] = sample;
        const NodeId leads = leader(newest);
        known_ = known_ || leads.known();
        if (tenures_.empty() || tenures_.back().node != leads) {
            tenures_.push_back({sample.at.low, leads});
        }
        last_ = leads;
    }
    if (!known_) return;
    if (const auto changes = changes_of_office(roles)) {
        for (const auto& change : *changes) changes_.push_back(change.at);
    }
}

Office::Office(const Evidence& evidence, IndexSpan writes, const std::vector<FaultPeriod>& faults,
               Duration hold) {
    const Operation* before = nullptr;
    for (const auto index : writes) {
        const Operation& write = evidence.operations[index];
        if (!is_acknowledged(write) || !evidence.topology.region_of(write.served_by).known()) {
            continue;
        }
        known_ = true;
        if (before != nullptr && before->served_by != write.served_by) {
            const Interval<Instant> change{std::min(before->invoked, write.invoked),
                                           std::max(before->completed, write.completed)};
            if (!changes_.empty() && change.low <= changes_.back().high + hold) {
                changes_.back().high = std::max(changes_.back().high, change.high);
                tenures_.back().node = write.served_by;
            } else {
                changes_.push_back(change);
                tenures_.push_back({change.low, write.served_by});
            }
        } else if (before == nullptr) {
            tenures_.push_back({Instant::min(), write.served_by});
        }
        before = &write;
    }
    last_ = last_server(evidence, writes, faults, hold);
}

NodeId Office::at(Instant when) const {
    const auto next = std::ranges::upper_bound(tenures_, when, {}, &Tenure::from);
    return next == tenures_.begin() ? NodeId() : std::prev(next)->node;
}

NodeId last_server(const Evidence& evidence, IndexSpan writes,
                   const std::vector<FaultPeriod>& faults, Duration hold) {
    Instant last = Instant::min();
    for (const auto index : writes) {
        const Operation& write = evidence.operations[index];
        if (is_acknowledged(write)) last = std::max(last, write.completed);
    }
    if (last == Instant::min()) return {};
    for (const auto& fault : faults) {
        if (fault.injected.high >= last) return {};
    }
    NodeId node;
    for (const auto index : writes) {
        const Operation& write = evidence.operations[index];
        if (!is_acknowledged(write) || write.completed < last - hold) continue;
        if (!evidence.topology.region_of(write.served_by).known()) return {};
        if (node.known() && node != write.served_by) return {};
        node = write.served_by;
    }
    return node;
}

}  // namespace gameday::view
