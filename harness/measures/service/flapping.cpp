// Flapping: changes of the serving region (or role) beyond those the scenario expects; smallest
// dwell; cooldown breaches against the declared hysteresis.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"
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
using view::Stream;
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

Count count_of(view::Serving serving, const View& view, const Stream& stream) {
    Count count = count_of(std::move(serving.changes), view);
    count.open =
        serving.faster_than_arrivals || serving.mixed || serving.untold + serving.unrecognised > 0;
    if (serving.faster_than_arrivals) add_remark(count.remark, "changes came faster than arrivals");
    if (serving.mixed) {
        add_remark(count.remark,
                   fmt::format("{} are served by several regions at once, so that no change can be "
                               "told: sample roles (probe role)",
                               stream.name(view.scenario)));
    }
    if (serving.unrecognised > 0) {
        add_remark(
            count.remark,
            fmt::format("{} good answers name no node of the file: declare what served_by says",
                        serving.unrecognised));
    }
    if (serving.untold > 0) {
        add_remark(count.remark,
                   fmt::format("{} good answers do not tell who served: declare served_by",
                               serving.untold));
    }
    return count;
}

// By roles; what was not sampled for longer than the samples are apart may hide any change.
Count count_of_roles(const std::vector<Change>& changes, const View& view) {
    Count count = count_of(changes, view);
    const Duration gap = view::longest_without_roles(view.evidence);
    const Duration most = std::max(view.scenario.minimum.hold, view.scenario.cooldown);
    if (gap <= most) return count;
    count.open = true;
    add_remark(count.remark,
               fmt::format("no role was sampled for {} of the load", format_duration(gap)));
    return count;
}

// The worst that anything tells, each end on its own; and what the worst of them saw.
struct Worst {
    std::optional<Interval<double>> value;
    Count most;
    bool told = false;  // by anything

    // `tells`: whether it tells who serves, at least at times.
    void take(Count count, bool tells) {
        told = told || tells;
        const auto beyond = static_cast<double>(count.beyond);
        const Interval<double> own{beyond,
                                   count.open ? std::numeric_limits<double>::infinity() : beyond};
        const auto rank = [](const Count& each) {
            return std::tuple(each.beyond, each.open, each.changes.size());
        };
        if (value && rank(count) <= rank(most)) {
            if (count.open && !most.open) add_remark(most.remark, count.remark);
        } else {
            if (value && most.open) add_remark(count.remark, most.remark);
            most = std::move(count);
        }
        value = value ? worse_of(*value, own) : own;
    }
};

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

Measurement measure(const View& view, const Worst& worst, const std::string& left_out) {
    auto measurement = begin(view);
    measurement.why = worst.most.remark;
    if (!left_out.empty()) add_remark(measurement.why, left_out);
    if (!worst.told) {
        add_remark(measurement.why, "nobody tells who serves, and no role was sampled");
        return measurement;
    }
    measurement.value = worst.value;
    const auto& changes = worst.most.changes;
    measurement.figures = {
        {"switches", Unit::count, Interval<double>::point(static_cast<double>(changes.size()))}};
    add_dwell(measurement, changes, view.scenario.cooldown);
    for (const auto& change : changes) {
        if (change.seq != 0) add_witnesses(measurement, {change.seq});
    }
    if (!changes.empty()) {
        measurement.from = changes.front().at;
        measurement.to = changes.back().at;
    }
    return measurement;
}

std::vector<Measurement> measure_flapping(const View& view) {
    Worst worst;
    std::map<RegionId, Worst> by_region;
    std::map<RegionId, std::string> left_out;
    std::string all_left_out;
    const auto roles = view::changes_of_office(view.evidence.roles);
    for (const auto& stream : view.streams) {
        auto serving = view::serving_of(stream, view.evidence.topology, view.scenario.minimum.hold);
        by_region.try_emplace(stream.key.region);
        // Whoever is told by roles needs no traffic that cannot tell.
        if (roles && (serving.mixed || serving.told == 0)) {
            const auto words =
                fmt::format("by roles: {} name no serving region", stream.name(view.scenario));
            add_remark(all_left_out, words);
            add_remark(left_out[stream.key.region], words);
            continue;
        }
        const bool tells = !serving.mixed && serving.told > 0;
        const Count count = count_of(std::move(serving), view, stream);
        worst.take(count, tells);
        by_region[stream.key.region].take(count, tells);
    }
    if (roles) worst.take(count_of_roles(*roles, view), true);
    std::vector<Measurement> measurements{measure(view, worst, all_left_out)};
    for (const auto& [region, traffic] : by_region) {
        if (!region.known()) continue;
        measurements.push_back(measure(view, traffic, left_out[region]));
        measurements.back().client_region = view.evidence.topology.region_name(region);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> flapping_metrics{{
    {"flaps",
     "flaps",
     Unit::count,
     Comparison::at_most,
     "changes of the serving region or primary beyond those that faults may cause",
     {.across_regions = true,
      .place = {.key_figure = 6, .headline = 5, .objective = 5},
      .objective = "Flaps",
      .headline = {.none = "no flapping",
                   .one = "1 change too many of the serving region",
                   .several = "changes too many of the serving region"}}},
}};

}  // namespace

extern const Measure flapping{
    "flapping", "Flapping",
    "changes of the serving region or role beyond those expected, and the dwell", flapping_metrics,
    &measure_flapping};

}  // namespace gameday::measures
