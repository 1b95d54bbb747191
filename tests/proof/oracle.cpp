#include "tests/proof/oracle.hpp"

#include "tests/proof/oracle_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace gameday::proof {

std::string_view name_of(Mutation mutation) {
    constexpr std::array<std::string_view, static_cast<std::size_t>(Mutation::count)> names{
        "none",
        "forgives_two",
        "first_span_only",
        "heal_is_end",
        "any_good_is_fine",
        "last_bad_before_heal",
        "shown_by_arrivals",
        "newest_fault_only",
        "first_pulse_only",
        "after_heal_is_none",
        "down_already_is_none",
        "one_verb_only",
        "mean_gap",
        "by_completed",
        "slow_is_good",
        "spoiled_is_bad",
        "latency_of_good",
        "overwritten_is_stable",
        "unknown_is_kept",
        "behind_is_lost",
        "way_back_to_next",
        "rpo_after_heal_only",
        "survivors_unread_is_0",
        "unread_lag_is_0",
        "lag_of_warmup",
        "no_version_no_split",
        "untold_is_one",
        "flaps_pooled",
        "last_attempt_only",
        "foreign_is_absent",
        "resurrected_is_fine",
        "steady_pooled",
        "thin_passes",
        "ridden_is_free",
        "unproven_passes"};
    return names.at(static_cast<std::size_t>(mutation));
}

void add(std::vector<Measurement>& all, const std::string& metric, const std::string& region,
         const std::string& fault, Unit unit, std::optional<Figures> value) {
    Measurement one;
    one.measure = one.metric = metric;
    one.client_region = region;
    one.fault = fault;
    one.unit = unit;
    one.value = value;
    all.push_back(std::move(one));
}

namespace {

bool spoiled(const Evidence& evidence, const Operation& operation, double bound, bool good) {
    if (good) return false;
    const double served = seconds(operation.completed - operation.invoked);
    if (operation.outcome == Outcome::ok && served <= bound) return true;
    for (const auto& pause : evidence.instrument.suspended) {
        if (operation.scheduled <= pause.high + pause.width() && operation.completed >= pause.low) {
            return true;
        }
    }
    return false;
}

void add_operation(Case& the, const Operation& operation) {
    if (operation.phase != Phase::steady && operation.phase != Phase::active) return;
    const auto& client = the.evidence.clients[operation.client.index()];
    auto lane = std::find_if(the.lanes.begin(), the.lanes.end(), [&](const Lane& one) {
        return one.load == client.load && one.region == client.region && one.verb == operation.verb;
    });
    if (lane == the.lanes.end()) {
        the.lanes.push_back({client.load, client.region, operation.verb, {}, false});
        lane = the.lanes.end() - 1;
    }
    const auto& minimum = the.scenario.minimum;
    const double bound =
        seconds(minimum.latency > Duration::zero() ? minimum.latency
                                                   : the.scenario.loads[client.load].timeout);
    Seen seen;
    seen.scheduled = at(operation.scheduled);
    seen.completed = at(operation.completed);
    seen.ok = operation.outcome == Outcome::ok;
    const bool fast = operation.completed - operation.scheduled <= from_seconds(bound + 1e-9);
    seen.good = seen.ok && (fast || the.is(Mutation::slow_is_good));
    seen.spoiled = spoiled(the.evidence, operation, bound, seen.good);
    seen.phase = operation.phase;
    lane->operations.push_back(seen);
}

}  // namespace

Case make_case(const Scenario& scenario, const Evidence& evidence, Mutation mutation) {
    Case the{scenario, evidence, mutation, {}, {}};
    the.active_low = at(evidence.active.low);
    the.active_high = at(evidence.active.high);
    the.hold = seconds(scenario.minimum.hold);
    for (const auto& window : evidence.faults) {
        const Figures injected{at(window.injected.low), at(window.injected.high)};
        const Figures healed{at(window.healed->low), at(window.healed->high)};
        auto known = std::find_if(the.faults.begin(), the.faults.end(),
                                  [&](const Force& one) { return one.name == window.name; });
        if (known != the.faults.end()) {
            if (!the.is(Mutation::first_pulse_only)) known->healed = healed;
            known->pulses.push_back(injected);
            continue;
        }
        the.faults.push_back({window.name,
                              injected,
                              healed,
                              {injected},
                              window.expects_outage,
                              window.affected > 0 && window.trouble.empty(),
                              window.taken});
    }
    for (const auto& operation : evidence.operations) {
        add_operation(the, operation);
        if (operation.outcome == Outcome::ok && !named(the, operation)) the.told = false;
    }
    if (the.is(Mutation::untold_is_one)) the.told = true;
    double tail = 0;
    for (const auto& fault : the.faults) tail = std::max(tail, fault.healed.high);
    for (auto& lane : the.lanes) {
        const bool completed = the.is(Mutation::by_completed);
        std::uint64_t steady = 0, after = 0;
        for (auto& operation : lane.operations) {
            if (completed) operation.scheduled = operation.completed;
            if (operation.phase == Phase::steady) ++steady;
            if (operation.scheduled >= tail) ++after;
        }
        std::stable_sort(lane.operations.begin(), lane.operations.end(),
                         [](const Seen& a, const Seen& b) { return a.scheduled < b.scheduled; });
        lane.thin = steady < due_for_level(the) || after < due_for_level(the);
    }
    return the;
}

Figures availability(const Lane& lane) {
    double due = 0, good = 0, doubtful = 0;
    for (const auto& operation : lane.operations) {
        if (operation.phase != Phase::active) continue;
        ++due;
        if (operation.good) ++good;
        if (operation.spoiled) ++doubtful;
    }
    return {good / due, (good + doubtful) / due};
}

Figures latency(const Case& the, const Lane& lane, double quantile) {
    const auto ranked = [&](bool with_spoiled, double sign) {
        std::vector<double> values;
        for (const auto& operation : lane.operations) {
            if (operation.phase != Phase::active) continue;
            bool late = operation.spoiled;
            for (const auto& pause : the.evidence.instrument.suspended) {
                late = late || (operation.scheduled <= at(pause.high + pause.width()) &&
                                operation.completed >= at(pause.low));
            }
            if (late && !with_spoiled) continue;
            if (the.is(Mutation::latency_of_good) && !operation.good) continue;
            values.push_back(operation.ok ? operation.completed - operation.scheduled : endless);
        }
        std::sort(values.begin(), values.end());
        const double count = static_cast<double>(values.size());
        const double spread = 2.58 * std::sqrt(count * quantile * (1 - quantile)) + 1;
        const double rank = std::clamp(quantile * count + sign * spread, 0.0, count - 1);
        return values.empty() ? 0 : values[static_cast<std::size_t>(rank)];
    };
    return {std::min(ranked(false, -1), ranked(true, -1)),
            std::max(ranked(false, 1), ranked(true, 1))};
}

}  // namespace gameday::proof
