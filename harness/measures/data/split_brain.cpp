// Split-brain writes: inside one exclusive-ownership scope (a key, the whole store), acknowledged
// writes by two regions where neither had seen the other's. In multi-writer scopes the same events
// are conflicts.
//
// Where the scenario declares the order of versions causal they prove it, see unaware_writes. A
// version that is a clock, or that is not told, proves nothing: changes of the writer are
// suspicious then, and the count is an interval. Suspicious are two changes less than `hold` apart,
// a third change between two faults (each may cause one out, one back, for each of its pulses; so
// does the time before the first), and where keys are their own scopes any second change.
#include "harness/measures/data/losses.hpp"
#include "harness/measures/data/writers.hpp"
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"
#include "harness/view/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace gameday::measures {
namespace {

using view::IndexSpan;
using view::View;

bool is_exclusive(Ownership ownership) {
    return ownership == Ownership::single_writer || ownership == Ownership::per_key;
}

// One scope: the store of a load, or one key of it.
struct Owned {
    const LoadSpec& load;
    RegionWrites writes;  // acknowledged; the region not known where the answer does not tell
};

void add_write(const View& view, std::uint32_t index, RegionWrites& writes) {
    const Operation& operation = view.evidence.operations[index];
    if (!is_acknowledged(operation)) return;
    writes.push_back({index, view.evidence.topology.region_of(operation.served_by)});
}

// Calls `each` for every scope of acknowledged writes: first the stores, then the keys.
void for_each_scope(const View& view, const std::function<void(const Owned&)>& each) {
    auto loads = view.scenario.loads;
    if (loads.empty()) loads.emplace_back();
    const auto is_store = [&](std::uint16_t load) {
        return loads[std::min<std::size_t>(load, loads.size() - 1)].ownership ==
               Ownership::single_writer;
    };
    std::vector<RegionWrites> stores(loads.size());
    bool keys = false;
    for (std::uint32_t i = 0; i < view.evidence.operations.size(); ++i) {
        const std::uint16_t load = view.goodness.load(view.evidence.operations[i]);
        if (is_store(load)) {
            add_write(view, i, stores[std::min<std::size_t>(load, loads.size() - 1)]);
        } else {
            keys = true;
        }
    }
    for (std::size_t i = 0; i < stores.size(); ++i) {
        if (!stores[i].empty()) each({loads[i], std::move(stores[i])});
        stores[i] = {};
    }
    if (!keys) return;
    view.by_key.for_each_key(
        view.evidence, view.goodness, [&](std::uint16_t load, IndexSpan operations) {
            if (is_store(load)) return;
            RegionWrites writes;
            for (const auto index : operations) add_write(view, index, writes);
            if (!writes.empty()) {
                each({loads[std::min<std::size_t>(load, loads.size() - 1)], std::move(writes)});
            }
        });
}

struct Search {
    std::size_t acknowledged = 0, untold = 0, unrecognised = 0;  // in exclusive scopes
    std::size_t shared = 0, shared_untold = 0, conflicts = 0;    // in multi-writer scopes
    std::size_t proven = 0, suspicious = 0;
    std::optional<Interval<double>> span;  // of dual writers, seconds; the longest of all scopes
    std::optional<Interval<Instant>> from, to;
    std::vector<std::uint64_t> witnesses, conflict_witnesses;
    std::size_t lost_by_rule = 0;
};

void note_span(Search& search, const Found& found) {
    if (!found.first) return;
    const auto length = difference(*found.last, *found.first);
    const Interval<double> span{std::max(0.0, seconds(length.low)), seconds(length.high)};
    if (search.span && search.span->high >= span.high) return;
    search.span = span;
    search.from = found.first;
    search.to = found.last;
}

// Stretches between changes of the writer that look like two writers at once.
std::vector<Interval<Instant>> suspicious_stretches(const View& view, const Owned& scope,
                                                    const std::vector<WriterChange>& changes) {
    std::vector<Interval<Instant>> stretches;
    const auto add = [&](std::size_t first, std::size_t last) {
        const Interval<Instant> stretch{changes[first].at.low, changes[last].at.high};
        if (!stretches.empty() && stretch.low <= stretches.back().high) {
            stretches.back().high = std::max(stretches.back().high, stretch.high);
        } else {
            stretches.push_back(stretch);
        }
    };
    const bool own_scope = scope.load.ownership == Ownership::per_key;
    std::size_t allowed = own_scope ? 1 : 2;
    std::size_t first = 0;  // change of the period at hand
    std::size_t fault = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        for (; !own_scope && fault < view.faults.size() &&
               view.faults[fault].injected.low <= changes[i].at.high;
             ++fault) {
            first = i;
            allowed = 2 * view.faults[fault].pulses.size();
        }
        const bool close =
            i > 0 && changes[i].at.low - changes[i - 1].at.high < view.scenario.minimum.hold;
        if (i - first >= allowed) {
            add(first, i);
        } else if (close) {
            add(i - 1, i);
        }
    }
    return stretches;
}

// Then there is nobody whom it can not have seen.
bool has_one_region(const RegionWrites& writes) {
    return std::all_of(writes.begin(), writes.end(), [&](const RegionWrite& write) {
        return write.region == writes.front().region;
    });
}

void search_exclusive(const View& view, const Owned& scope, Search& search) {
    const auto& operations = view.evidence.operations;
    search.acknowledged += scope.writes.size();
    RegionWrites unordered;
    for (const auto& write : scope.writes) {
        const Operation& operation = operations[write.index];
        if (operation.served_by == unrecognised_node) {
            ++search.unrecognised;
        } else if (!write.region.known()) {
            ++search.untold;
        }
        if (scope.load.order == VersionOrder::clock || operation.version == 0) {
            unordered.push_back(write);
        }
    }
    if (has_one_region(scope.writes)) return;
    Found proven;
    if (scope.load.order == VersionOrder::causal) {
        proven = unaware_writes(operations, scope.writes);
        search.proven += proven.writes.size();
        for (const auto seq : proven.witnesses) search.witnesses.push_back(seq);
        note_span(search, proven);
        // Where some versions are missing, those of the others do not clear what lies between.
        if (unordered.empty()) return;
    }
    auto counted = proven.writes;  // once is enough
    std::set<std::uint32_t> suspicious;
    std::ranges::sort(counted);
    const auto changes = writer_changes(operations, scope.writes);
    const auto take = [&](const Found& found) {
        for (const auto write : found.writes) {
            if (!std::ranges::binary_search(counted, write)) suspicious.insert(write);
        }
        for (const auto seq : found.witnesses) search.witnesses.push_back(seq);
        note_span(search, found);
    };
    for (const auto& stretch : suspicious_stretches(view, scope, changes)) {
        take(writes_between(operations, scope.writes, stretch.low, stretch.high));
    }
    // Of one key: a store takes a while to change hands, and writes that are under way then
    // overlap.
    if (scope.load.ownership == Ownership::per_key) {
        take(concurrent_writes(operations, scope.writes));
    }
    search.suspicious += suspicious.size();
}

void search_shared(const View& view, const Owned& scope, Search& search) {
    search.shared += scope.writes.size();
    search.shared_untold += static_cast<std::size_t>(
        std::count_if(scope.writes.begin(), scope.writes.end(),
                      [](const RegionWrite& write) { return !write.region.known(); }));
    if (has_one_region(scope.writes)) return;
    auto conflicting = concurrent_writes(view.evidence.operations, scope.writes);
    if (scope.load.order == VersionOrder::causal) {
        const Found unaware = unaware_writes(view.evidence.operations, scope.writes);
        conflicting.writes.insert(conflicting.writes.end(), unaware.writes.begin(),
                                  unaware.writes.end());
        conflicting.witnesses.insert(conflicting.witnesses.end(), unaware.witnesses.begin(),
                                     unaware.witnesses.end());
    }
    std::sort(conflicting.writes.begin(), conflicting.writes.end());
    const auto end = std::unique(conflicting.writes.begin(), conflicting.writes.end());
    search.conflicts += static_cast<std::size_t>(end - conflicting.writes.begin());
    for (const auto seq : conflicting.witnesses) search.conflict_witnesses.push_back(seq);
}

Search search(const View& view) {
    Search found;
    for_each_scope(view, [&](const Owned& scope) {
        if (is_exclusive(scope.load.ownership)) {
            search_exclusive(view, scope, found);
        } else {
            search_shared(view, scope, found);
        }
    });
    if (found.shared == 0) return found;
    for (const auto& entry : view.ledger.acknowledged) {
        if (!entry.outdone) continue;
        const auto load = view.goodness.load(view.evidence.operations[entry.write]);
        if (load < view.scenario.loads.size() &&
            !is_exclusive(view.scenario.loads[load].ownership)) {
            ++found.lost_by_rule;
        }
    }
    return found;
}

Measurement begin_split(const char* metric, const char* criterion) {
    Measurement measurement;
    measurement.measure = "split_brain";
    measurement.metric = metric;
    measurement.unit = Unit::count;
    measurement.criterion = criterion;
    return measurement;
}

// Whether nothing has to be searched, or nothing can be; says why.
bool is_settled(const View& view, const Search& found, Measurement& measurement) {
    if (found.acknowledged == 0) {
        measurement.why = "no write was acknowledged";
        if (found.shared == 0) return true;
        measurement.value = Interval<double>{0, 0};
        measurement.why = "every scope has several writers: see conflicts";
        return true;
    }
    if (view.evidence.topology.regions.size() <= 1 && found.unrecognised == 0) {
        measurement.value = Interval<double>{0, 0};
        measurement.why = "the topology has one region, so no ownership across regions is declared";
        return true;
    }
    return false;
}

Measurement measure_split(const View& view, const Search& found) {
    Measurement measurement = begin_split(
        "split_brain_writes",
        "acknowledged writes of an exclusive scope by two regions of which neither had seen "
        "the other's: one acknowledged before the other began, whose causal version is not "
        "above it; without a causal version changes of the writer are suspicious");
    if (is_settled(view, found, measurement)) return measurement;
    const std::size_t unplaced = found.untold + found.unrecognised;
    if (found.untold > 0) {
        measurement.why = fmt::format(
            "{} of {} acknowledged writes do not tell which region served them: declare "
            "`served_by`, where the answer names the node or region",
            found.untold, found.acknowledged);
    }
    if (found.unrecognised > 0) {
        add_remark(measurement.why,
                   fmt::format("{} of {} acknowledged writes were answered by somebody whose name "
                               "is no node or region of the topology: declare `served_by_names`",
                               found.unrecognised, found.acknowledged));
    }
    if (unplaced > 0 && found.proven == 0) return measurement;
    measurement.value =
        Interval<double>{static_cast<double>(found.proven),
                         static_cast<double>(found.proven + found.suspicious + unplaced)};
    if (found.suspicious > 0) {
        add_remark(measurement.why,
                   fmt::format("{} writes lie where the writer changed again, or within {}: "
                               "suspicious, and no proof, as the order of versions is not declared "
                               "causal (`order: causal`) or they are not told",
                               found.suspicious, format_duration(view.scenario.minimum.hold)));
    }
    measurement.figures = {count_figure("suspicious", found.suspicious),
                           {"dual_writer_span", Unit::seconds, found.span}};
    add_witnesses(measurement, found.witnesses);
    measurement.from = found.from;
    measurement.to = found.to;
    return measurement;
}

Measurement measure_conflicts(const View& view, const Search& found) {
    Measurement measurement = begin_split(
        "conflicts",
        "acknowledged writes to one key of a multi-writer scope that overlap in time with "
        "one of another region, or had not seen one another by a causal version");
    measurement.value = Interval<double>::point(static_cast<double>(found.conflicts));
    if (found.shared == 0) {
        measurement.why = "every scope has one writer: see split_brain_writes";
        return measurement;
    }
    if (found.shared_untold > 0 && view.evidence.topology.regions.size() > 1) {
        measurement.value->high += static_cast<double>(found.shared_untold);
        measurement.why = fmt::format(
            "{} of {} acknowledged writes do not tell which region of the topology served them: "
            "declare `served_by` and `served_by_names`",
            found.shared_untold, found.shared);
    }
    measurement.figures = {count_figure("lost_by_rule", found.lost_by_rule)};
    add_witnesses(measurement, found.conflict_witnesses);
    return measurement;
}

Measurement measure_unconverged(const View& view, const Search& found) {
    Measurement measurement = begin_split(
        "conflicts_unconverged",
        "keys of multi-writer scopes of which two nodes hold different values after the final "
        "reads");
    if (found.shared == 0) {
        measurement.value = Interval<double>{0, 0};
        measurement.why = "every scope has one writer";
        return measurement;
    }
    measurement.why = unmeasurable(view.ledger);
    if (!measurement.why.empty()) return measurement;
    const auto& seen = view.ledger.unconverged;
    measurement.value =
        Interval<double>{static_cast<double>(seen.proven), static_cast<double>(seen.possible)};
    add_witnesses(measurement, seen.witnesses);
    return measurement;
}

std::vector<Measurement> measure_split_brain(const View& view) {
    const Search found = search(view);
    return {measure_split(view, found), measure_conflicts(view, found),
            measure_unconverged(view, found)};
}

constexpr std::array<MetricSpec, 3> split_brain_metrics{{
    {"split_brain_writes",
     "split-brain writes",
     Unit::count,
     Comparison::at_most,
     "acknowledged writes by two regions where neither had seen the other's",
     {.across_regions = true,
      .place = {.key_figure = 5, .headline = 4, .objective = 4},
      .objective = "Split brain",
      .headline = {.none = "no two regions wrote at once",
                   .one = "1 split-brain write",
                   .several = "split-brain writes",
                   .writers = Writers::one},
      .span = {MarkKind::split_brain, "", " split-brain writes"}}},
    {"conflicts",
     "conflicts",
     Unit::count,
     Comparison::at_most,
     "the same events in scopes with several writers",
     {.across_regions = true,
      .place = {.headline = 4},
      .headline = {.none = "no conflicts",
                   .one = "1 conflicting write",
                   .several = "conflicting writes",
                   .writers = Writers::several}}},
    {"conflicts_unconverged", "keys that differ", Unit::count, Comparison::at_most,
     "keys that differ between nodes after the final reads"},
}};

}  // namespace

extern const Measure split_brain{"split_brain", "Split-brain writes",
                                 "writes acknowledged by two regions that had not seen one another",
                                 split_brain_metrics, &measure_split_brain};

}  // namespace gameday::measures
