#include "harness/measures/switches.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace gameday::measures {
namespace {

struct Run {
    RegionId region;
    const Operation* first = nullptr;
    const Operation* last = nullptr;
    std::size_t count = 0;

    [[nodiscard]] bool sustained() const {
        const Duration length = last->invoked - first->invoked;
        return length >= std::chrono::milliseconds(500) ||
               (count >= 3 && length >= std::chrono::milliseconds(20));
    }
};

// Share of the baseline that the busiest region served; 0 when nobody is known to have served.
double main_share(const Stream& stream, const Topology& topology) {
    std::map<RegionId, std::size_t> served;
    std::size_t all = 0;
    std::size_t most = 0;
    for (const auto* operation : stream.operations) {
        const RegionId region = topology.region_of(operation->served_by);
        if (operation->phase != Phase::steady || !region.known()) continue;
        ++all;
        most = std::max(most, ++served[region]);
    }
    return all == 0 ? 0.0 : static_cast<double>(most) / static_cast<double>(all);
}

std::vector<const Operation*> served_by_invocation(const Stream& stream, const Topology& topology) {
    std::vector<const Operation*> served;
    for (const auto* operation : stream.operations) {
        const bool good = operation->outcome == Outcome::ok &&
                          operation->completed - operation->invoked <= stream.bound;
        if (good && topology.region_of(operation->served_by).known()) served.push_back(operation);
    }
    std::stable_sort(served.begin(), served.end(), [](const Operation* a, const Operation* b) {
        return a->invoked < b->invoked;
    });
    return served;
}

}  // namespace

std::optional<std::vector<Switch>> traffic_switches(const Stream& stream,
                                                    const Topology& topology) {
    if (main_share(stream, topology) < 0.9) return std::nullopt;
    std::vector<Switch> switches;
    std::optional<Run> settled;  // the last sustained run
    std::optional<Run> run;      // the run under way
    bool counted = false;        // whether the run under way is in already
    for (const auto* operation : served_by_invocation(stream, topology)) {
        const RegionId region = topology.region_of(operation->served_by);
        if (!run || run->region != region) {
            run = Run{region, operation, operation, 0};
            counted = false;
        }
        run->last = operation;
        ++run->count;
        if (!counted && run->sustained()) {
            counted = true;
            if (settled && settled->region != region) {
                switches.push_back(
                    {{settled->last->invoked, run->first->completed}, run->first->seq});
            }
        }
        if (counted) settled = run;
    }
    return switches;
}

std::optional<std::vector<Switch>> role_switches(const std::vector<RoleSample>& roles) {
    std::map<NodeId, RoleSample> newest;
    std::optional<RoleSample> primary;  // the last sample of the primary in office
    std::vector<Switch> switches;
    for (const auto& sample : roles) {
        newest[sample.node] = sample;
        const RoleSample* leads = nullptr;
        for (const auto& [node, known] : newest) {
            if (known.role != Role::primary) continue;
            if (leads == nullptr || known.term > leads->term) leads = &known;
        }
        if (leads == nullptr) continue;
        // Two that claim the same term: the one in office stays until the other claims more.
        const bool still = primary && newest[primary->node].role == Role::primary &&
                           newest[primary->node].term >= leads->term;
        if (still) leads = &newest[primary->node];
        if (primary && primary->node != leads->node) {
            switches.push_back({{primary->at.low, leads->at.high}, 0});
        }
        primary = *leads;
    }
    if (!primary) return std::nullopt;
    return switches;
}

}  // namespace gameday::measures
