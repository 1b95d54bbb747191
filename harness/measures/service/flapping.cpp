#include "harness/measures/service/flapping.hpp"

#include "harness/measures/scopes.hpp"
#include "harness/view/serving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <tuple>

namespace gameday::measures {
namespace {

using view::Change;
using view::FaultPeriod;
using view::View;

struct Count {
    std::vector<Change> changes;
    std::size_t beyond = 0;  // what the faults do not explain
    bool open = false;       // there may have been more
    std::string remark;
};

// What a fault may cause: one out and one back for each of its pulses, unless the scenario declares
// another number; a fault to be ridden out none.
std::size_t allowed_by(const FaultPeriod& fault, const Scenario& scenario) {
    if (!fault.expects_outage || scenario.kind == ScenarioKind::sustained) return 0;
    const std::size_t each =
        scenario.expected_switches < 0 ? 2 : static_cast<std::size_t>(scenario.expected_switches);
    return each * fault.pulses.size();
}

// Changes from each fault until the next, beyond what it may cause. What a fault did not use stays
// allowed while it is in force, and for the way back from it.
std::size_t beyond_allowed(const std::vector<Change>& changes, const View& view) {
    std::vector<FaultPeriod> faults = view.faults;
    std::stable_sort(faults.begin(), faults.end(),
                     [](const auto& a, const auto& b) { return a.injected.low < b.injected.low; });
    std::vector<std::size_t> left;
    for (const auto& fault : faults) left.push_back(allowed_by(fault, view.scenario));
    std::size_t beyond = 0;
    for (const auto& change : changes) {
        bool allowed = false;
        for (std::size_t i = faults.size(); i-- > 0 && !allowed;) {
            const bool begun = faults[i].injected.low <= change.at.high;
            const bool over = faults[i].healed && change.at.high >= faults[i].back_until;
            if (!begun || over || left[i] == 0) continue;
            --left[i];
            allowed = true;
        }
        if (!allowed) ++beyond;
    }
    return beyond;
}

Count count_of(std::vector<Change> changes, const View& view) {
    Count count;
    count.beyond = beyond_allowed(changes, view);
    count.changes = std::move(changes);
    return count;
}

Count count_of(view::Serving serving, const View& view) {
    Count count = count_of(std::move(serving.changes), view);
    count.open = serving.faster_than_arrivals || serving.untold + serving.unrecognised > 0;
    if (serving.faster_than_arrivals) add_remark(count.remark, "changes came faster than arrivals");
    if (serving.unrecognised > 0) {
        add_remark(
            count.remark,
            fmt::format("{} good answers name no node of the file: declare what served_by says",
                        serving.unrecognised));
    }
    if (serving.untold > 0) {
        add_remark(count.remark,
                   fmt::format("{} good answers do not tell who served", serving.untold));
    }
    return count;
}

void keep_worse(std::optional<Count>& worst, Count count) {
    const auto rank = [](const Count& each) {
        return std::tuple(each.beyond, each.open, each.changes.size());
    };
    if (!worst || rank(*worst) < rank(count)) worst = std::move(count);
}

// The figures of the time between one change and the next.
void add_dwell(Measurement& measurement, const std::vector<Change>& changes, Duration cooldown) {
    std::optional<Interval<double>> shortest;
    std::size_t breaches = 0;
    for (std::size_t i = 1; i < changes.size(); ++i) {
        const auto dwell = difference(changes[i].at, changes[i - 1].at);
        const Interval<double> length{std::max(0.0, seconds(dwell.low)), seconds(dwell.high)};
        if (!shortest || length.high < shortest->high) shortest = length;
        if (dwell.high < cooldown) ++breaches;
    }
    measurement.figures.push_back({"dwell_min", Unit::seconds, shortest});
    measurement.figures.push_back(
        {"cooldown_breaches", Unit::count, Interval<double>::point(static_cast<double>(breaches))});
}

Measurement begin(const View& view) {
    Measurement measurement;
    measurement.measure = "flapping";
    measurement.metric = "flaps";
    measurement.unit = Unit::count;
    const std::string each = view.scenario.expected_switches < 0
                                 ? "one out and one back"
                                 : fmt::format("{}", view.scenario.expected_switches);
    measurement.criterion = fmt::format(
        "changes of the serving region or of the primary beyond those that each fault may cause "
        "until "
        "the next ({} for each pulse; a fault to be ridden out none)",
        each);
    return measurement;
}

Measurement measure(const View& view, const std::optional<Count>& traffic,
                    const std::optional<Count>& roles) {
    auto measurement = begin(view);
    if (!traffic && !roles) {
        measurement.why =
            "no serving region is told (traffic is mixed, or answers do not name who served: "
            "declare "
            "served_by) and no role was sampled";
        return measurement;
    }
    std::optional<Count> most = traffic;
    if (roles) keep_worse(most, *roles);
    const auto beyond = static_cast<double>(most->beyond);
    measurement.value =
        Interval<double>{beyond, most->open ? std::numeric_limits<double>::infinity() : beyond};
    measurement.why = most->remark;
    if (!traffic) add_remark(measurement.why, "by roles only: traffic names no serving region");
    measurement.figures = {{"switches", Unit::count,
                            Interval<double>::point(static_cast<double>(most->changes.size()))}};
    add_dwell(measurement, most->changes, view.scenario.cooldown);
    for (const auto& change : most->changes) {
        if (change.seq != 0) add_witnesses(measurement, {change.seq});
    }
    if (!most->changes.empty()) {
        measurement.from = most->changes.front().at;
        measurement.to = most->changes.back().at;
    }
    return measurement;
}

std::vector<Measurement> measure_flapping(const View& view) {
    std::optional<Count> worst;
    std::map<RegionId, std::optional<Count>> by_region;
    for (const auto& stream : view.streams) {
        auto serving = view::serving_of(stream, view.evidence.topology, view.scenario.minimum.hold);
        if (!serving) continue;
        const Count count = count_of(std::move(*serving), view);
        keep_worse(worst, count);
        keep_worse(by_region[stream.key.region], count);
    }
    std::optional<Count> roles;
    if (auto changes = view::changes_of_office(view.evidence.roles)) {
        roles = count_of(std::move(*changes), view);
    }
    std::vector<Measurement> measurements{measure(view, worst, roles)};
    for (const auto& [region, traffic] : by_region) {
        if (!region.known()) continue;
        measurements.push_back(measure(view, traffic, std::nullopt));
        measurements.back().client_region = view.evidence.topology.region_name(region);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> flapping_metrics{{
    {"flaps", "flaps", Unit::count, Comparison::at_most,
     "changes of the serving region or primary beyond those that faults may cause"},
}};

}  // namespace

extern const Measure flapping{
    "flapping", "Flapping",
    "changes of the serving region or role beyond those expected, and the dwell", flapping_metrics,
    &measure_flapping};

}  // namespace gameday::measures
