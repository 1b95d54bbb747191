#include "harness/measures/rto_phases.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace gameday::measures {
namespace {

using Moment = std::optional<Interval<Instant>>;

bool aimed_at(const FaultPeriod& fault, NodeId node) {
    return fault.nodes.empty() ||
           std::find(fault.nodes.begin(), fault.nodes.end(), node) != fault.nodes.end();
}

void take_earlier(Moment& moment, const Interval<Instant>& candidate) {
    if (!moment || candidate.high < moment->high) moment = candidate;
}

Moment detected(const Evidence& evidence, const FaultPeriod& fault) {
    Moment moment;
    for (const auto& sample : evidence.health) {
        if (sample.at < fault.injected.low || sample.at > fault.until || sample.healthy) continue;
        if (!aimed_at(fault, sample.node)) continue;
        take_earlier(moment, Interval<Instant>::point(sample.at));
    }
    std::map<NodeId, RoleSample> before;
    for (const auto& sample : evidence.roles) {
        const auto known = before.find(sample.node);
        if (known != before.end() && known->second.role != sample.role &&
            sample.at.high >= fault.injected.low && sample.at.low <= fault.until &&
            aimed_at(fault, sample.node)) {
            take_earlier(moment,
                         {std::max(known->second.at.low, fault.injected.low), sample.at.high});
        }
        before[sample.node] = sample;
    }
    return moment;
}

Moment decided(const Evidence& evidence, const FaultPeriod& fault) {
    std::map<NodeId, RoleSample> before;
    for (const auto& sample : evidence.roles) {
        const auto known = before.find(sample.node);
        if (known != before.end() && known->second.role != Role::primary &&
            sample.role == Role::primary && sample.at.high >= fault.injected.low &&
            sample.at.low <= fault.until) {
            return Interval<Instant>{std::max(known->second.at.low, fault.injected.low),
                                     sample.at.high};
        }
        before[sample.node] = sample;
    }
    return std::nullopt;
}

RegionId usual_region(const Evidence& evidence, const Stream& stream) {
    std::map<RegionId, std::size_t> served;
    for (const auto* operation : stream.operations) {
        const RegionId region = evidence.topology.region_of(operation->served_by);
        if (operation->phase == Phase::steady && region.known()) ++served[region];
    }
    const auto most =
        std::max_element(served.begin(), served.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == served.end() ? RegionId() : most->first;
}

struct Firsts {
    Moment switched, good;
};

Firsts firsts_of(const Evidence& evidence, const Stream& stream, const FaultPeriod& fault,
                 const Recovery& recovery) {
    const RegionId usual = usual_region(evidence, stream);
    Firsts firsts;
    for (const auto* operation : stream.operations) {
        if (operation->invoked < fault.injected.low || operation->invoked > fault.until) continue;
        if (operation->outcome != Outcome::ok ||
            operation->completed - operation->invoked > stream.bound) {
            continue;
        }
        const Interval<Instant> moment{operation->invoked, operation->completed};
        const RegionId region = evidence.topology.region_of(operation->served_by);
        if (usual.known() && region.known() && region != usual) {
            take_earlier(firsts.switched, moment);
        }
        if (recovery.outage && operation->invoked > recovery.outage->start.high) {
            take_earlier(firsts.good, moment);
        }
    }
    return firsts;
}

std::optional<Interval<double>> since(const Moment& moment, const Interval<Instant>& from) {
    if (!moment) return std::nullopt;
    const auto passed = difference(*moment, from);
    return Interval<double>{std::max(0.0, seconds(passed.low)),
                            std::max(0.0, seconds(passed.high))};
}

}  // namespace

std::vector<Figure> phases_of(const Evidence& evidence, const Stream& stream,
                              const FaultPeriod& fault, const Recovery& recovery) {
    const Firsts firsts = firsts_of(evidence, stream, fault, recovery);
    const std::array<std::pair<const char*, Moment>, 4> moments{{
        {"detect", detected(evidence, fault)},
        {"decide", decided(evidence, fault)},
        {"switch", firsts.switched},
        {"recover", recovery.outage ? recovery.stable : Moment()},
    }};
    std::vector<Figure> figures;
    Interval<Instant> before = fault.injected;
    for (const auto& [name, moment] : moments) {
        // Seen out of order: it did not end the phase before, so it has no length of its own.
        const bool in_order = moment && moment->high >= before.low;
        const auto length = in_order ? since(moment, before) : std::nullopt;
        figures.push_back({name, Unit::seconds, length});
        if (in_order) before = *moment;
    }
    const std::array<std::pair<const char*, Moment>, 6> instants{{
        {"detect_at", moments[0].second},
        {"decide_at", moments[1].second},
        {"switch_at", moments[2].second},
        {"first_at", firsts.good},
        {"stable_at", moments[3].second},
        {"heal_at", fault.healed},
    }};
    for (const auto& [name, moment] : instants) {
        figures.push_back({name, Unit::seconds, since(moment, fault.injected)});
    }
    return figures;
}

}  // namespace gameday::measures
