#include "harness/measures/service/phases.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace gameday::measures {
namespace {

using view::FaultPeriod;
using view::Stream;
using view::View;
using Moment = std::optional<Interval<Instant>>;

bool aimed_at(const FaultPeriod& fault, NodeId node) {
    return fault.nodes.empty() ||
           std::find(fault.nodes.begin(), fault.nodes.end(), node) != fault.nodes.end();
}

void take_earlier(Moment& moment, const Interval<Instant>& candidate) {
    if (!moment || candidate.high < moment->high) moment = candidate;
}

// What the samples of roles tell about a fault.
struct RoleMoments {
    Moment seen;     // a probe of ours found a node gone that the fault is aimed at
    Moment changed;  // a node said that its role is another
    Moment decided;  // a node said that it is the primary now
};

RoleMoments role_moments(const Evidence& evidence, const FaultPeriod& fault) {
    const auto is_said = [](Role role) { return role == Role::primary || role == Role::replica; };
    RoleMoments moments;
    std::map<NodeId, RoleSample> before;
    std::map<NodeId, RoleSample> said;  // the newest of each node that names a role
    for (const auto& sample : evidence.roles) {
        const bool within = sample.at.high >= fault.injected.low && sample.at.low <= fault.until;
        const auto moment_since = [&](const RoleSample& earlier) {
            return Interval<Instant>{std::max(earlier.at.low, fault.injected.low), sample.at.high};
        };
        const auto last = before.find(sample.node);
        if (within && last != before.end() && is_said(last->second.role) && !is_said(sample.role) &&
            aimed_at(fault, sample.node)) {
            take_earlier(moments.seen, moment_since(last->second));
        }
        const auto known = said.find(sample.node);
        if (within && is_said(sample.role) && known != said.end() &&
            known->second.role != sample.role) {
            take_earlier(moments.changed, moment_since(known->second));
            if (sample.role == Role::primary) {
                take_earlier(moments.decided, moment_since(known->second));
            }
        }
        before[sample.node] = sample;
        if (is_said(sample.role)) said[sample.node] = sample;
    }
    return moments;
}

// The clients' own checkers, and the system's own change of roles.
Moment detected(const Evidence& evidence, const FaultPeriod& fault, const RoleMoments& roles) {
    Moment moment = roles.changed;
    for (const auto& sample : evidence.health) {
        if (sample.at < fault.injected.low || sample.at > fault.until || sample.healthy) continue;
        if (!aimed_at(fault, sample.node)) continue;
        take_earlier(moment, Interval<Instant>::point(sample.at));
    }
    return moment;
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
                 const view::Recovery& recovery) {
    const RegionId usual = usual_region(evidence, stream);
    Firsts firsts;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.scheduled < fault.injected.low || !stream.good[i]) continue;
        if (operation.scheduled > fault.until) break;
        const Interval<Instant> moment{operation.scheduled, operation.completed};
        const RegionId region = evidence.topology.region_of(operation.served_by);
        if (usual.known() && region.known() && region != usual) {
            take_earlier(firsts.switched, moment);
        }
        if (!recovery.spans.empty() && operation.scheduled > recovery.spans.front().start.high) {
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

std::vector<Figure> phases_of(const View& view, const Stream& stream, const FaultPeriod& fault,
                              const view::Recovery& recovery) {
    const Firsts firsts = firsts_of(view.evidence, stream, fault, recovery);
    const RoleMoments roles = role_moments(view.evidence, fault);
    const std::array<std::pair<const char*, Moment>, 4> moments{{
        {"detect", detected(view.evidence, fault, roles)},
        {"decide", roles.decided},
        {"switch", firsts.switched},
        {"recover", recovery.stable()},
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
    const std::array<std::pair<const char*, Moment>, 7> instants{{
        {"seen_at", roles.seen},
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
