#include "harness/measures/data/loss_counts.hpp"

#include "harness/measures/scopes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace gameday::measures {
namespace {

using view::Fate;
using view::LedgerEntry;
using view::View;

Measurement begin_count(const char* metric, const View& view, std::optional<RegionId> region) {
    Measurement measurement;
    measurement.measure = "rpo";
    measurement.metric = metric;
    measurement.unit = Unit::count;
    measurement.why = unmeasurable(view.ledger);
    if (region) measurement.client_region = view.evidence.topology.region_name(*region);
    return measurement;
}

template <class Each>
void for_each_write(const View& view, std::optional<RegionId> region, Each each) {
    for (const auto& entry : view.ledger.acknowledged) {
        if (is_of(entry, region)) each(entry, view.evidence.operations[entry.write]);
    }
}

void add_classes(Measurement& measurement, const View& view) {
    std::array<std::uint64_t, 6> fates{};
    std::uint64_t doubtful = 0;
    for (const auto& entry : view.ledger.acknowledged) {
        ++fates.at(static_cast<std::size_t>(entry.fate));
        if (entry.fate == Fate::never_read && entry.doubtful) ++doubtful;
    }
    const auto add = [&](const char* name, Fate fate) {
        measurement.figures.push_back(count_figure(name, fates.at(static_cast<std::size_t>(fate))));
    };
    add("stable", Fate::stable);
    add("stale", Fate::stale);
    add("behind", Fate::behind);
    add("never_read", Fate::never_read);
    measurement.figures.push_back(count_figure("never_read_in_doubt", doubtful));
    add("indeterminate", Fate::indeterminate);
    measurement.figures.push_back(count_figure("recovered", view.ledger.recovered));
    measurement.figures.push_back(count_figure("silent_nodes", view.ledger.silent.size()));
}

void name_silent(Measurement& measurement, const View& view) {
    std::vector<std::string> names;
    for (const NodeId node : view.ledger.silent) {
        names.push_back(view.evidence.topology.node_name(node));
    }
    if (names.empty()) return;
    add_remark(measurement.why,
               fmt::format("no final read was answered by {}", fmt::join(names, ", ")));
}

}  // namespace

void add_share(Measurement& measurement, const View& view, const Losses& losses,
               std::optional<RegionId> region) {
    std::uint64_t acknowledged = 0;
    for_each_write(view, region, [&](const LedgerEntry&, const Operation&) { ++acknowledged; });
    measurement.figures.push_back(count_figure("acked", acknowledged));
    if (acknowledged == 0) return;
    const auto all = static_cast<double>(acknowledged);
    const auto count = losses.count();
    measurement.figures.push_back(
        {"lost_share", Unit::share, Interval<double>{count.low / all, count.high / all}});
}

Measurement measure_lost(const View& view, std::optional<RegionId> region) {
    Measurement measurement = begin_count("lost_acked", view, region);
    measurement.criterion =
        "acknowledged writes that the node in office does not show in its last final read (where "
        "all nodes may write, or no office is known: that no node shows), nor a write that may "
        "have come after; unknown writes never count";
    if (!measurement.why.empty()) return measurement;
    Losses losses;
    for_each_write(view, region, [&](const LedgerEntry& entry, const Operation& write) {
        if (entry.fate == Fate::lost || entry.doubtful) losses.add(write, entry.fate == Fate::lost);
    });
    losses.sort();
    measurement.value = losses.count();
    if (!losses.doubtful.empty()) {
        measurement.why = fmt::format(
            "{} writes may have been lost unseen (overwritten before another node "
            "returned them, or not told by the reads)",
            losses.doubtful.size());
    }
    name_silent(measurement, view);
    add_share(measurement, view, losses, region);
    if (!region) add_classes(measurement, view);
    for (const auto* write : losses.lost) add_witnesses(measurement, {write->seq});
    return measurement;
}

Measurement measure_behind(const View& view, std::optional<RegionId> region) {
    Measurement measurement = begin_count("behind", view, region);
    measurement.criterion =
        "acknowledged writes that the node in office shows, and that some other node does not "
        "show in its last final read, patience being over";
    if (!measurement.why.empty()) return measurement;
    Interval<double> count{0, 0};
    for_each_write(view, region, [&](const LedgerEntry& entry, const Operation& write) {
        const bool behind = entry.fate == Fate::behind;
        if (behind) count.low += 1;
        if (behind || entry.unread || entry.fate == Fate::indeterminate) count.high += 1;
        if (behind) add_witnesses(measurement, {write.seq});
    });
    measurement.value = count;
    name_silent(measurement, view);
    return measurement;
}

}  // namespace gameday::measures
