// steady_state, minimum_level, hold and the other limits that definitions of measures take.
#include "harness/scenario/draft.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::scenario {

namespace {

void read_steady(Reader& root, SteadyState& steady) {
    Reader place = root.member("steady_state");
    if (place.present() && !place.expect_object()) return;
    steady.window = positive_or(place, "window", steady.window);
    steady.success = place.share_or("success", steady.success);
    steady.operations_min = place.count_or("operations_min", steady.operations_min);
    steady.patience = positive_or(place, "patience", steady.patience);
    if (steady.patience < steady.window) {
        place.fail(
            fmt::format("the patience of {} is shorter than the window of {}, write at "
                        "least as much",
                        format_duration(steady.patience), format_duration(steady.window)));
    }
    place.refuse_unknown();
}

void read_minimum(Reader& root, Draft& draft) {
    auto& minimum = draft.scenario.minimum;
    Reader place = root.member("minimum_level");
    if (place.present() && !place.expect_object()) return;
    minimum.success = place.share_or("success", minimum.success);
    for (const auto& load : draft.scenario.loads) {
        minimum.latency = std::max(minimum.latency, load.timeout);
    }
    const Reader latency = place.member("latency");
    if (latency.present()) {
        check_positive(latency, latency.duration());
        minimum.latency = latency.duration().value_or(minimum.latency);
    } else {
        latency.took_default(
            fmt::format("{}, the client timeout", duration_literal(minimum.latency)));
    }
    place.refuse_unknown();
}

void read_safety(Reader& root, SafetySpec& safety) {
    Reader place = root.member("safety");
    if (!place.expect_object()) return;
    safety.spare = read_addresses(place.member("spare"));
    place.refuse_unknown();
}

}  // namespace

void read_limits(Reader& root, Draft& draft) {
    auto& scenario = draft.scenario;
    read_steady(root, scenario.steady);
    read_minimum(root, draft);
    scenario.minimum.hold = positive_or(root, "hold", scenario.minimum.hold);
    scenario.settle = root.duration_or("settle", scenario.settle);
    scenario.ledger_patience = root.duration_or("ledger_patience", scenario.ledger_patience);
    const Reader switches = root.member("expected_switches");
    if (!switches.present()) switches.took_default("one out and one back for each fault");
    scenario.expected_switches = switches.count().value_or(scenario.expected_switches);
    scenario.cooldown = root.duration_or("cooldown", scenario.cooldown);
    read_safety(root, scenario.safety);
}

}  // namespace gameday::scenario
