#include "harness/measures/rpo.hpp"

#include "harness/measures/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace gameday::measures {
namespace {

Figure count_figure(const char* name, std::uint64_t count) {
    return {name, Unit::count, Interval<double>::point(static_cast<double>(count))};
}

// The reason why nothing can be said, "" when something can.
std::string unmeasurable(const Ledger& ledger) {
    if (ledger.acknowledged.empty()) return "no write was acknowledged";
    if (!ledger.read_back) return "the ledger was not read back: no final read was answered";
    return {};
}

Measurement measure_age(const Ledger& ledger, const Losses& losses, const std::string& fault) {
    Measurement measurement;
    measurement.measure = measurement.metric = "rpo";
    measurement.fault = fault;
    measurement.criterion = fmt::format(
        "{} − P, P the latest instant such that every write acknowledged up to P is readable "
        "after recovery",
        fault.empty() ? "end of the load" : "t_fault of " + fault);
    measurement.value = recovery_point_age(losses, ledger);
    const auto after = static_cast<std::uint64_t>(std::count_if(
        losses.lost.begin(), losses.lost.end(),
        [&](const Operation* write) { return write->completed > losses.instant.high; }));
    measurement.figures = {count_figure("lost_acked", losses.lost.size()),
                           count_figure("lost_after_fault", after),
                           count_figure("doubtful", losses.doubtful.size())};
    if (!losses.lost.empty()) {
        const Operation& oldest = *losses.lost.front();
        measurement.figures.push_back(
            {"age_of_oldest_lost", Unit::seconds,
             Interval<double>{seconds(losses.instant.low - oldest.completed),
                              seconds(losses.instant.high - oldest.completed)}});
        measurement.from = Interval<Instant>::point(oldest.completed);
        measurement.to = losses.instant;
        for (const auto* write : losses.lost) {
            if (measurement.witnesses.size() < 20) measurement.witnesses.push_back(write->seq);
        }
    }
    if (after > 0) {
        measurement.why = fmt::format(
            "{} lost writes were acknowledged after the fault (a region that went on accepting); "
            "the high end covers the span of theirs",
            after);
    } else if (!losses.doubtful.empty()) {
        measurement.why =
            fmt::format("{} writes may have been lost unseen", losses.doubtful.size());
    }
    return measurement;
}

Measurement measure_count(const std::vector<Losses>& by_fault, std::uint64_t acknowledged) {
    Measurement measurement;
    measurement.measure = "rpo";
    measurement.metric = "lost_acked";
    measurement.unit = Unit::count;
    measurement.criterion =
        "acknowledged writes that a final read shows missing: the key absent, or holding a write "
        "that was over before the lost one began; unknown writes never count";
    std::uint64_t lost = 0;
    std::uint64_t doubtful = 0;
    std::uint64_t after = 0;
    for (const auto& losses : by_fault) {
        lost += losses.lost.size();
        doubtful += losses.doubtful.size();
        for (const auto* write : losses.lost) {
            if (write->completed > losses.instant.high) ++after;
            if (measurement.witnesses.size() < 20) measurement.witnesses.push_back(write->seq);
        }
    }
    measurement.value =
        Interval<double>{static_cast<double>(lost), static_cast<double>(lost + doubtful)};
    if (doubtful > 0) {
        measurement.why = fmt::format(
            "{} writes may have been lost unseen (no answer for the "
            "key, or overwritten in another region before any read)",
            doubtful);
    }
    const double share =
        acknowledged == 0 ? 0.0 : static_cast<double>(lost) / static_cast<double>(acknowledged);
    measurement.figures = {count_figure("acked", acknowledged),
                           {"lost_share", Unit::share, Interval<double>::point(share)},
                           count_figure("lost_after_fault", after)};
    return measurement;
}

void add_classes(Measurement& measurement, const Ledger& ledger) {
    std::map<Fate, std::uint64_t> fates;
    for (const auto& entry : ledger.acknowledged) ++fates[entry.fate];
    const std::array<Figure, 9> classes{{
        count_figure("stable", fates[Fate::stable]),
        count_figure("stale", fates[Fate::stale]),
        count_figure("never_read", fates[Fate::never_read]),
        count_figure("indeterminate", fates[Fate::indeterminate]),
        count_figure("recovered", ledger.recovered),
        count_figure("resurrections", ledger.resurrected),
        count_figure("unexpected", ledger.unexpected),
        count_figure("unconverged_keys", ledger.unconverged),
        count_figure("silent_nodes", ledger.silent.size()),
    }};
    measurement.figures.insert(measurement.figures.end(), classes.begin(), classes.end());
}

std::vector<Measurement> measure_rpo(const Evidence& evidence, const Scenario& scenario) {
    const Ledger ledger = ledger_of(evidence, scenario);
    const auto faults = fault_periods(evidence);
    std::vector<Measurement> measurements;
    if (const auto reason = unmeasurable(ledger); !reason.empty()) {
        for (const auto* metric : {"rpo", "lost_acked"}) {
            Measurement measurement;
            measurement.measure = "rpo";
            measurement.metric = metric;
            measurement.unit = std::string_view(metric) == "rpo" ? Unit::seconds : Unit::count;
            measurement.why = reason;
            measurements.push_back(std::move(measurement));
        }
        return measurements;
    }
    std::map<RegionId, std::uint64_t> by_region;
    for (const auto& entry : ledger.acknowledged) {
        const auto client = entry.write->client.index();
        if (client < evidence.clients.size()) ++by_region[evidence.clients[client].region];
    }
    std::vector<std::optional<RegionId>> regions{std::nullopt};
    for (const auto& [region, count] : by_region) regions.emplace_back(region);
    for (const auto& region : regions) {
        const auto losses = losses_of(ledger, evidence, faults, region);
        const std::string name = region ? evidence.topology.region_name(*region) : "";
        for (std::size_t i = 0; i < losses.size(); ++i) {
            measurements.push_back(
                measure_age(ledger, losses[i], faults.empty() ? "" : faults[i].name));
            measurements.back().client_region = name;
        }
        auto count =
            measure_count(losses, region ? by_region[*region] : ledger.acknowledged.size());
        count.client_region = name;
        if (!region) add_classes(count, ledger);
        measurements.push_back(std::move(count));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 2> rpo_metrics{{
    {"rpo", Unit::seconds, Comparison::at_most,
     "t_fault − P, the age of the oldest acknowledged write that was lost, at the fault"},
    {"lost_acked", Unit::count, Comparison::at_most, "acknowledged writes that were lost"},
}};

}  // namespace

extern const Measure rpo{"rpo",
                         "recovery point observed and acknowledged writes lost, by the final reads",
                         rpo_metrics, &measure_rpo};

}  // namespace gameday::measures
