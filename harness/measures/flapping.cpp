#include "harness/measures/flapping.hpp"

#include "harness/measures/recovery.hpp"
#include "harness/measures/switches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace gameday::measures {
namespace {

struct Count {
    std::vector<Switch> switches;
    bool seen = false;
};

// Expected by the scenario: for each fault that may cause an outage one out and one back, unless
// it declares another number; without a fault none.
std::size_t expected_switches(const Evidence& evidence, const Scenario& scenario) {
    std::size_t each = 2;
    if (scenario.expected_switches >= 0) {
        each = static_cast<std::size_t>(scenario.expected_switches);
    }
    std::size_t faults = 0;
    for (const auto& fault : fault_periods(evidence)) faults += fault.expects_outage ? 1 : 0;
    return each * faults;
}

void keep_most(Count& most, std::optional<std::vector<Switch>> switches) {
    if (!switches) return;
    if (!most.seen || switches->size() > most.switches.size()) most.switches = *switches;
    most.seen = true;
}

// The figures of the time between one switch and the next.
void add_dwell(Measurement& measurement, const std::vector<Switch>& switches, Duration cooldown) {
    std::optional<Interval<double>> shortest;
    std::size_t breaches = 0;
    for (std::size_t i = 1; i < switches.size(); ++i) {
        const auto dwell = difference(switches[i].at, switches[i - 1].at);
        const Interval<double> length{std::max(0.0, seconds(dwell.low)), seconds(dwell.high)};
        if (!shortest || length.high < shortest->high) shortest = length;
        if (dwell.high < cooldown) ++breaches;
    }
    measurement.figures.push_back({"dwell_min", Unit::seconds, shortest});
    measurement.figures.push_back(
        {"cooldown_breaches", Unit::count, Interval<double>::point(static_cast<double>(breaches))});
}

Measurement measure(const Count& traffic, const Count& roles, std::size_t expected,
                    const Scenario& scenario) {
    Measurement measurement;
    measurement.measure = "flapping";
    measurement.metric = "flaps";
    measurement.unit = Unit::count;
    measurement.criterion = fmt::format(
        "changes of the serving region (3 good operations in a row over 20 ms, or 500 ms) or of "
        "the primary beyond the {} expected",
        expected);
    if (!traffic.seen && !roles.seen) {
        measurement.why =
            "no serving region (traffic is mixed, or answers do not tell) and no role was sampled";
        return measurement;
    }
    const Count& most = roles.switches.size() > traffic.switches.size() ? roles : traffic;
    const auto count = most.switches.size();
    const auto beyond = count > expected ? count - expected : 0;
    measurement.value = Interval<double>::point(static_cast<double>(beyond));
    if (!traffic.seen) measurement.why = "by roles only: traffic has no single serving region";
    measurement.figures = {
        {"switches", Unit::count, Interval<double>::point(static_cast<double>(count))},
        {"expected", Unit::count, Interval<double>::point(static_cast<double>(expected))},
    };
    add_dwell(measurement, most.switches, scenario.cooldown);
    for (const auto& change : most.switches) {
        if (change.seq != 0 && measurement.witnesses.size() < 20) {
            measurement.witnesses.push_back(change.seq);
        }
    }
    if (!most.switches.empty()) {
        measurement.from = most.switches.front().at;
        measurement.to = most.switches.back().at;
    }
    return measurement;
}

std::vector<Measurement> measure_flapping(const Evidence& evidence, const Scenario& scenario) {
    const std::size_t expected = expected_switches(evidence, scenario);
    Count worst;
    std::map<RegionId, Count> by_region;
    for (const auto& stream : streams_of(evidence, scenario)) {
        const auto switches = traffic_switches(stream, evidence.topology);
        keep_most(worst, switches);
        keep_most(by_region[stream.key.region], switches);
    }
    Count roles;
    keep_most(roles, role_switches(evidence.roles));
    std::vector<Measurement> measurements{measure(worst, roles, expected, scenario)};
    for (const auto& [region, traffic] : by_region) {
        if (!region.known() || !traffic.seen) continue;
        measurements.push_back(measure(traffic, {}, expected, scenario));
        measurements.back().client_region = evidence.topology.region_name(region);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> flapping_metrics{{
    {"flaps", Unit::count, Comparison::at_most,
     "changes of the serving region or primary beyond the expected ones"},
}};

}  // namespace

extern const Measure flapping{
    "flapping", "changes of the serving region or role beyond those expected, and the dwell",
    flapping_metrics, &measure_flapping};

}  // namespace gameday::measures
