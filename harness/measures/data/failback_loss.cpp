// Failback loss: acknowledged writes lost on the way back from a fault.
#include "harness/measures/data/losses.hpp"
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::measures {
namespace {

using view::Fate;

// Lost writes acknowledged between the heal and t_back; what fell into the heal itself, or may have
// been lost unseen, widens the count.
Measurement measure(const view::View& view, const Attribution& attribution, std::size_t index) {
    const view::FaultPeriod& fault = view.faults[index];
    Measurement measurement;
    measurement.measure = "failback_loss";
    measurement.metric = "failback_lost";
    measurement.unit = Unit::count;
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "lost writes that were acknowledged after the heal of {} and before t_back", fault.name);
    if (!fault.healed || fault.healed->low >= view.evidence.active.high) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    measurement.why = unmeasurable(view.ledger);
    if (!measurement.why.empty()) return measurement;
    const view::WayBack back = attribution.back(index);
    Interval<double> lost{0, 0};
    double acknowledged = 0;
    std::optional<Instant> oldest;
    for (const auto& entry : view.ledger.acknowledged) {
        const Operation& write = view.evidence.operations[entry.write];
        if (write.completed < fault.healed->low || write.completed >= back.perhaps) continue;
        acknowledged += 1;
        const bool is_lost = entry.fate == Fate::lost;
        if (is_lost || entry.doubtful) lost.high += 1;
        const bool on_the_way = write.completed > fault.healed->high && write.completed < back.over;
        if (!is_lost || !on_the_way) continue;
        lost.low += 1;
        oldest = std::min(oldest.value_or(write.completed), write.completed);
        add_witnesses(measurement, {write.seq});
    }
    measurement.value = lost;
    measurement.figures.push_back({"acked", Unit::count, Interval<double>::point(acknowledged)});
    if (acknowledged > 0) {
        measurement.figures.push_back(
            {"lost_share", Unit::share,
             Interval<double>{lost.low / acknowledged, lost.high / acknowledged}});
    }
    if (oldest) {
        measurement.figures.push_back({"oldest_lost_after_heal", Unit::seconds,
                                       Interval<double>{seconds(*oldest - fault.healed->high),
                                                        seconds(*oldest - fault.healed->low)}});
    }
    return measurement;
}

std::vector<Measurement> measure_failback_loss(const view::View& view) {
    const Attribution attribution(view);
    std::vector<Measurement> measurements;
    for (std::size_t i = 0; i < view.faults.size(); ++i) {
        measurements.push_back(measure(view, attribution, i));
    }
    if (measurements.empty()) {
        Measurement none;
        none.measure = "failback_loss";
        none.metric = "failback_lost";
        none.unit = Unit::count;
        none.why = "no fault was injected";
        measurements.push_back(std::move(none));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> failback_loss_metrics{{
    {"failback_lost",
     "writes lost in failback",
     Unit::count,
     Comparison::at_most,
     "acknowledged writes lost on the way back",
     {.place = {.loss_warning = 2}}},
}};

}  // namespace

extern const Measure failback_loss{"failback_loss", "Loss on the way back",
                                   "acknowledged writes lost between the heal and the way back",
                                   failback_loss_metrics, &measure_failback_loss};

}  // namespace gameday::measures
