// RPO, observed: `t_fault − P`, where the recovery point P is the latest instant such that every
// write acknowledged up to P is readable; 0 when nothing is lost. Twice: as the survivors show it
// while the fault is still in force (`rpo`, with `lost_at_failover`), and when all is healed and
// reconciled (`rpo_after_heal`, with `lost_acked`); what was acknowledged after the fault is told
// apart (`lost_after_fault`). With them `behind`, what one node does not show and another does.
#include "harness/measures/data/loss_counts.hpp"
#include "harness/measures/data/losses.hpp"
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace gameday::measures {
namespace {

using view::View;

constexpr double open = std::numeric_limits<double>::infinity();

// Everything that the measurements of one fault and one client region need.
struct Subject {
    const View& view;
    const Attribution& attribution;
    Acknowledgements& acknowledgements;
    std::optional<std::size_t> fault;  // index; none without faults
    std::optional<RegionId> region;
    const FaultLosses& healed;  // by the final reads

    [[nodiscard]] const view::FaultPeriod* period() const {
        return fault ? &view.faults[*fault] : nullptr;
    }
    [[nodiscard]] std::string fault_name() const { return fault ? period()->name : ""; }
    [[nodiscard]] Measurement begin(const char* metric, Unit unit) const {
        Measurement measurement;
        measurement.measure = "rpo";
        measurement.metric = metric;
        measurement.unit = unit;
        measurement.fault = fault_name();
        if (region) measurement.client_region = view.evidence.topology.region_name(*region);
        return measurement;
    }
};

std::string age_words(const Subject& subject, const char* when) {
    return fmt::format(
        "{} − P, P the latest instant such that every write acknowledged up to P is readable {}",
        subject.fault ? "t_fault of " + subject.fault_name() : "end of the load", when);
}

void describe(Measurement& measurement, const Subject& subject, const Losses& losses) {
    const std::size_t doubtful = losses.doubtful.size();
    measurement.figures.push_back({"lost", Unit::count, losses.count()});
    if (doubtful > 0) {
        add_remark(measurement.why, fmt::format("{} writes may have been lost unseen", doubtful));
    }
    if (losses.lost.empty()) return;
    const Interval<Instant>& instant = subject.healed.instant;
    const Operation& oldest = *losses.lost.front();
    measurement.figures.push_back({"age_of_oldest_lost", Unit::seconds,
                                   Interval<double>{seconds(instant.low - oldest.completed),
                                                    seconds(instant.high - oldest.completed)}});
    measurement.from = Interval<Instant>::point(oldest.completed);
    measurement.to = instant;
    for (const auto* write : losses.lost) add_witnesses(measurement, {write->seq});
}

Measurement measure_after_heal(const Subject& subject, const char* metric) {
    Measurement measurement = subject.begin(metric, Unit::seconds);
    measurement.criterion = age_words(subject, "after the heal, by the final reads");
    if (measurement.why = unmeasurable(subject.view.ledger); !measurement.why.empty()) {
        return measurement;
    }
    auto age =
        recovery_point_age(subject.healed.instant, subject.healed.before, subject.acknowledgements);
    const auto apart = span_after(subject.healed.instant, subject.healed.apart);
    // An RPO is not met by what is lost after the fault instead of before it.
    if (apart) age.high = std::max(age.high, apart->high);
    measurement.value = age;
    describe(measurement, subject, subject.healed.before);
    const Losses& after = subject.healed.after;
    measurement.figures.push_back({"lost_after_fault", Unit::count, after.count()});
    if (apart) {
        add_remark(measurement.why,
                   fmt::format("{} writes lost were acknowledged after the fault; the high end "
                               "covers the time over which they were",
                               after.lost.size() + after.doubtful.size()));
    }
    return measurement;
}

// Whether a write that survivors of this fault lack counts for it, though another fault came into
// force in between: where the survivors of that one had it. Perhaps, where they were not asked.
struct Earlier {
    bool counts = true, certain = true;
};

Earlier earlier_fault(const Subject& subject, std::uint32_t index, std::size_t earlier) {
    const auto& reads = subject.view.ledger.survivors[earlier];
    const auto& healed = subject.view.faults[earlier].healed;
    const bool over = healed && healed->high < subject.period()->injected.low;
    // While both are in force nobody knows with which of them it went.
    if (std::ranges::binary_search(reads.lost, index)) return {!over, false};
    const bool all_covered = reads.any && reads.covered == reads.acknowledged;
    return {true, all_covered && !std::ranges::binary_search(reads.doubtful, index)};
}

// Losses as the survivors showed them while the fault was in force; those only that count for its
// recovery point.
Losses at_failover(const Subject& subject) {
    const auto& reads = subject.view.ledger.survivors[*subject.fault];
    Losses losses;
    const auto take = [&](const view::Indexes& writes, bool certain) {
        for (const auto index : writes) {
            const Operation& write = subject.view.evidence.operations[index];
            if (subject.region && subject.view.goodness.region(write) != *subject.region) continue;
            const auto before = subject.attribution.homes_of(write.completed).before;
            if (before.empty()) continue;  // of a way back
            bool is_certain = certain && subject.attribution.is_certain(write.completed);
            bool counts = true;
            if (std::ranges::count(before, *subject.fault) > 0) {
                is_certain = is_certain && before.size() == 1;
            } else {
                for (const auto other : before) {
                    const Earlier earlier = earlier_fault(subject, index, other);
                    counts = counts && earlier.counts;
                    is_certain = is_certain && earlier.certain;
                }
            }
            if (counts) losses.add(write, is_certain);
        }
    };
    take(reads.lost, true);
    take(reads.doubtful, false);
    // What may have been lost by the final reads may have been lost then.
    for (const auto* write : subject.healed.before.doubtful) losses.add(*write, false);
    losses.sort();
    return losses;
}

// How the fault's recovery point is told.
enum class Told : std::uint8_t { by_survivors, after_heal, not_at_all };

Told told_by(const Subject& subject) {
    const auto* period = subject.period();
    if (period == nullptr || period->taken.empty()) return Told::after_heal;
    if (subject.view.ledger.survivors[*subject.fault].any) return Told::by_survivors;
    // In force to the end: the final reads are the survivors'.
    return period->healed ? Told::not_at_all : Told::after_heal;
}

void add_coverage(Measurement& measurement, const Subject& subject) {
    const auto& reads = subject.view.ledger.survivors[*subject.fault];
    if (reads.acknowledged == 0) return;
    const double share =
        static_cast<double>(reads.covered) / static_cast<double>(reads.acknowledged);
    measurement.figures.push_back({"coverage", Unit::share, Interval<double>::point(share)});
    if (reads.covered == reads.acknowledged) return;
    add_remark(measurement.why,
               fmt::format("survivors were asked for {} of {} writes, newest first", reads.covered,
                           reads.acknowledged));
}

std::string unread_words(const Subject& subject) {
    return fmt::format(
        "no survivor was read before {} was healed, so what was missing then is not known: "
        "write a longer `for`, or the target `{}`",
        subject.fault_name(), "rpo_after_heal");
}

Measurement measure_rpo(const Subject& subject) {
    const Told told = told_by(subject);
    if (told == Told::by_survivors) {
        Measurement measurement = subject.begin("rpo", Unit::seconds);
        measurement.criterion = age_words(subject, "from the survivors while it is in force");
        measurement.why = unusable(subject.view.ledger);
        if (!measurement.why.empty()) return measurement;
        const Losses losses = at_failover(subject);
        measurement.value =
            recovery_point_age(subject.healed.instant, losses, subject.acknowledgements);
        describe(measurement, subject, losses);
        add_coverage(measurement, subject);
        return measurement;
    }
    Measurement measurement = measure_after_heal(subject, "rpo");
    if (told == Told::after_heal || !measurement.value) return measurement;
    measurement.value->high = open;
    add_remark(measurement.why, unread_words(subject));
    return measurement;
}

Measurement measure_lost_at_failover(const Subject& subject) {
    Measurement measurement = subject.begin("lost_at_failover", Unit::count);
    measurement.criterion = fmt::format(
        "writes acknowledged before {} that its survivors do not show while it is in force",
        subject.fault ? subject.fault_name() : "a fault");
    if (!subject.fault) {
        measurement.why = "no fault was injected";
        return measurement;
    }
    const Told told = told_by(subject);
    const auto& ledger = subject.view.ledger;
    measurement.why = told == Told::by_survivors ? unusable(ledger) : unmeasurable(ledger);
    if (!measurement.why.empty()) return measurement;
    const Losses losses = told == Told::by_survivors ? at_failover(subject) : subject.healed.before;
    measurement.value = losses.count();
    add_share(measurement, subject.view, losses, subject.region);
    describe(measurement, subject, losses);
    if (told == Told::by_survivors) add_coverage(measurement, subject);
    if (told == Told::not_at_all) {
        measurement.value->high = open;
        add_remark(measurement.why, unread_words(subject));
    }
    if (told == Told::after_heal && subject.period()->taken.empty()) {
        add_remark(measurement.why, "the fault takes no node away: by the final reads");
    }
    return measurement;
}

Measurement measure_lost_after_fault(const Subject& subject) {
    Measurement measurement = subject.begin("lost_after_fault", Unit::count);
    measurement.criterion = fmt::format("lost writes that were acknowledged while {} was in force",
                                        subject.fault ? subject.fault_name() : "a fault");
    measurement.why = subject.fault ? unmeasurable(subject.view.ledger) : "no fault was injected";
    if (!measurement.why.empty()) return measurement;
    const Losses& after = subject.healed.after;
    measurement.value = after.count();
    measurement.figures.push_back(
        {"span", Unit::seconds, span_after(subject.healed.instant, after)});
    for (const auto* write : after.lost) add_witnesses(measurement, {write->seq});
    return measurement;
}

// Of one fault: what is lost before it and after it.
Measurement measure_lost_by(const Subject& subject) {
    Measurement measurement = subject.begin("lost_acked", Unit::count);
    measurement.criterion = fmt::format(
        "lost writes that are put down to {}: acknowledged before it, or while it was in force",
        subject.fault_name());
    measurement.why = unmeasurable(subject.view.ledger);
    if (!measurement.why.empty()) return measurement;
    const auto before = subject.healed.before.count();
    auto after = subject.healed.after.count();
    // What was acknowledged when all faults were over is put down to the last for want of another.
    const auto& healed = subject.period()->healed;
    after.low = static_cast<double>(std::ranges::count_if(
        subject.healed.after.lost,
        [&](const Operation* write) { return !healed || write->completed <= healed->high; }));
    measurement.value = Interval<double>{before.low + after.low, before.high + after.high};
    for (const auto* losses : {&subject.healed.before, &subject.healed.after}) {
        for (const auto* write : losses->lost) add_witnesses(measurement, {write->seq});
    }
    return measurement;
}

std::vector<std::optional<RegionId>> regions_of(const View& view) {
    std::set<RegionId> regions;
    for (const auto& entry : view.ledger.acknowledged) {
        if (entry.region.known()) regions.insert(entry.region);
    }
    std::vector<std::optional<RegionId>> all{std::nullopt};
    for (const auto region : regions) all.emplace_back(region);
    return all;
}

// What loads without a ledger lost nobody can tell.
void open_for_unkept(std::vector<Measurement>& measurements, const view::Ledger& ledger) {
    if (ledger.unkept.empty()) return;
    for (auto& measurement : measurements) {
        if (!measurement.value) continue;
        measurement.value->high = open;
        add_remark(measurement.why,
                   fmt::format("no ledger is kept of load {} (`ledger: false`), so what it lost is "
                               "not known",
                               fmt::join(ledger.unkept, ", ")));
    }
}

std::vector<Measurement> measure_all(const View& view) {
    const Attribution attribution(view);
    Acknowledgements acknowledgements(view);
    std::vector<Measurement> measurements;
    for (const auto& region : regions_of(view)) {
        const auto losses = losses_of(view, attribution, region);
        measurements.push_back(measure_lost(view, region));
        for (std::size_t i = 0; i < losses.size(); ++i) {
            const Subject subject{view,
                                  attribution,
                                  acknowledgements,
                                  view.faults.empty() ? std::nullopt : std::optional(i),
                                  region,
                                  losses[i]};
            measurements.push_back(measure_rpo(subject));
            measurements.push_back(measure_after_heal(subject, "rpo_after_heal"));
            measurements.push_back(measure_lost_at_failover(subject));
            measurements.push_back(measure_lost_after_fault(subject));
            if (subject.fault) measurements.push_back(measure_lost_by(subject));
        }
        measurements.push_back(measure_behind(view, region));
    }
    open_for_unkept(measurements, view.ledger);
    return measurements;
}

constexpr std::array<MetricSpec, 6> rpo_metrics{{
    {"rpo",
     "RPO",
     Unit::seconds,
     Comparison::at_most,
     "t_fault − P, the age of the oldest acknowledged write that was lost, at the fault, as the "
     "survivors show it while the fault is in force",
     {.tier_bound = &Tier::rpo,
      .place = {.key_figure = 3, .objective = 2},
      .objective = "RPO",
      .span = {MarkKind::recovery_point, "RPO ", ""}}},
    {"rpo_after_heal", "RPO after the heal", Unit::seconds, Comparison::at_most,
     "the same when all is healed, by the final reads"},
    {"lost_acked",
     "acknowledged writes lost",
     Unit::count,
     Comparison::at_most,
     "acknowledged writes that were lost, by the final reads",
     {.place = {.key_figure = 4, .headline = 3, .objective = 3, .loss_warning = 1},
      .objective = "Writes lost",
      .headline = {.none = "0 acknowledged writes lost",
                   .one = "1 acknowledged write lost",
                   .several = "acknowledged writes lost"}}},
    {"lost_at_failover", "writes lost at failover", Unit::count, Comparison::at_most,
     "acknowledged writes that survivors do not show while the fault is in force"},
    {"lost_after_fault", "writes lost after the fault", Unit::count, Comparison::at_most,
     "lost writes that were acknowledged while the fault was in force"},
    {"behind", "writes behind", Unit::count, Comparison::at_most,
     "acknowledged writes that one node shows, and another does not when patience is over"},
}};

}  // namespace

extern const Measure rpo{
    "rpo", "Recovery point (RPO)",
    "recovery point observed and acknowledged writes lost, by survivors and final reads",
    rpo_metrics, &measure_all};

}  // namespace gameday::measures
