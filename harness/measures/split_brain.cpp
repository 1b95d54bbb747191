#include "harness/measures/split_brain.hpp"

#include "harness/measures/ledger.hpp"
#include "harness/measures/writers.hpp"
#include "harness/model/goodness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace gameday::measures {
namespace {

bool is_exclusive(Ownership ownership) {
    return ownership == Ownership::single_writer || ownership == Ownership::per_key;
}

// Acknowledged writes by scope: the store of a load (key 0), or each of its keys.
using Scopes = std::map<std::pair<std::uint16_t, std::uint32_t>, std::vector<RegionWrite>>;

struct Writes {
    Scopes exclusive, shared;
    std::size_t acknowledged = 0;  // in exclusive scopes
    std::size_t unplaced = 0;      // of them, without a known serving region
};

Writes writes_of(const Evidence& evidence, const Scenario& scenario) {
    const Goodness goodness(scenario, evidence);
    Writes writes;
    for (const auto& operation : evidence.operations) {
        const bool acknowledged = operation.verb == Verb::write &&
                                  operation.outcome == Outcome::ok &&
                                  operation.phase != Phase::final_read;
        if (!acknowledged) continue;
        const auto load = goodness.load(operation);
        const auto ownership = load < scenario.loads.size() ? scenario.loads[load].ownership
                                                            : Ownership::single_writer;
        const auto region = evidence.topology.region_of(operation.served_by);
        const auto key = ownership == Ownership::single_writer ? 0 : operation.key;
        auto& scopes = is_exclusive(ownership) ? writes.exclusive : writes.shared;
        scopes[{load, key}].push_back({&operation, region});
        if (!is_exclusive(ownership)) continue;
        ++writes.acknowledged;
        if (!region.known()) ++writes.unplaced;
    }
    return writes;
}

void cap_witnesses(Measurement& measurement, const std::vector<std::uint64_t>& seqs) {
    for (const auto seq : seqs) {
        if (measurement.witnesses.size() < 20) measurement.witnesses.push_back(seq);
    }
}

struct Found {
    std::uint64_t proven = 0, pairs = 0, suspicious = 0;
    std::optional<Interval<double>> span;  // of dual writers, seconds; the longest of all scopes
};

Found search(const Scopes& scopes, Duration close, Measurement& measurement) {
    Found found;
    for (const auto& [scope, writes] : scopes) {
        const Unaware unaware = unaware_writes(writes);
        const auto interleaved = interleaved_writes(writes, close);
        found.proven += unaware.writes.size();
        found.pairs += unaware.pairs;
        found.suspicious += interleaved.size();
        cap_witnesses(measurement, unaware.witnesses);
        if (unaware.writes.empty()) cap_witnesses(measurement, interleaved);
        if (!unaware.first) continue;
        const auto length = difference(*unaware.last, *unaware.first);
        const Interval<double> span{std::max(0.0, seconds(length.low)), seconds(length.high)};
        if (!found.span || found.span->high < span.high) {
            found.span = span;
            measurement.from = unaware.first;
            measurement.to = unaware.last;
        }
    }
    return found;
}

Measurement measure_split(const Writes& writes, const Scenario& scenario) {
    Measurement measurement;
    measurement.measure = "split_brain";
    measurement.metric = "split_brain_writes";
    measurement.unit = Unit::count;
    measurement.criterion =
        "acknowledged writes of an exclusive scope whose region had not seen an earlier "
        "acknowledged write of another region: over before it was invoked, and of the same or a "
        "higher version";
    if (writes.exclusive.empty()) {
        if (writes.shared.empty()) {
            measurement.why = "no write was acknowledged";
        } else {
            measurement.value = Interval<double>{0, 0};
            measurement.why = "every scope has several writers: see conflicts";
        }
        return measurement;
    }
    if (writes.unplaced == writes.acknowledged) {
        measurement.why = "no answer told which region served the write";
        return measurement;
    }
    const Found found = search(writes.exclusive, scenario.minimum.hold, measurement);
    const auto proven = static_cast<double>(found.proven);
    const auto most = static_cast<double>(found.proven + found.suspicious + writes.unplaced);
    measurement.value = Interval<double>{proven, most};
    if (found.suspicious > 0) {
        measurement.why = fmt::format(
            "{} writes without a version lie between acknowledgements of another region less than "
            "{} apart: suspicious, without proof",
            found.suspicious, format_duration(scenario.minimum.hold));
    } else if (writes.unplaced > 0) {
        measurement.why =
            fmt::format("{} writes do not tell which region served them", writes.unplaced);
    }
    measurement.figures = {
        {"pairs", Unit::count, Interval<double>::point(static_cast<double>(found.pairs))},
        {"suspicious", Unit::count, Interval<double>::point(static_cast<double>(found.suspicious))},
        {"dual_writer_span", Unit::seconds, found.span},
    };
    return measurement;
}

Measurement measure_conflicts(const Writes& writes) {
    Measurement measurement;
    measurement.measure = "split_brain";
    measurement.metric = "conflicts";
    measurement.unit = Unit::count;
    measurement.criterion =
        "acknowledged writes to one key of a multi-writer scope that overlap in time with one of "
        "another region, or had not seen an earlier one of another region by version";
    if (writes.shared.empty()) {
        measurement.value = Interval<double>{0, 0};
        measurement.why = "every scope has one writer: see split_brain_writes";
        return measurement;
    }
    std::uint64_t count = 0;
    for (const auto& [scope, same_key] : writes.shared) {
        std::set<std::uint64_t> conflicting;
        for (const auto seq : concurrent_writes(same_key)) conflicting.insert(seq);
        for (const auto seq : unaware_writes(same_key).writes) conflicting.insert(seq);
        count += conflicting.size();
        cap_witnesses(measurement, {conflicting.begin(), conflicting.end()});
    }
    measurement.value = Interval<double>::point(static_cast<double>(count));
    return measurement;
}

Measurement measure_unconverged(const Evidence& evidence, const Scenario& scenario) {
    Measurement measurement;
    measurement.measure = "split_brain";
    measurement.metric = "conflicts_unconverged";
    measurement.unit = Unit::count;
    measurement.criterion = "keys of which two nodes hold different values after the final reads";
    const Ledger ledger = ledger_of(evidence, scenario);
    if (!ledger.read_back) {
        measurement.why = "the ledger was not read back: no final read was answered";
        return measurement;
    }
    measurement.value = Interval<double>::point(static_cast<double>(ledger.unconverged));
    return measurement;
}

std::vector<Measurement> measure_split_brain(const Evidence& evidence, const Scenario& scenario) {
    const Writes writes = writes_of(evidence, scenario);
    return {measure_split(writes, scenario), measure_conflicts(writes),
            measure_unconverged(evidence, scenario)};
}

constexpr std::array<MetricSpec, 3> split_brain_metrics{{
    {"split_brain_writes", Unit::count, Comparison::at_most,
     "acknowledged writes by two regions where neither had seen the other's"},
    {"conflicts", Unit::count, Comparison::at_most,
     "the same events in scopes with several writers"},
    {"conflicts_unconverged", Unit::count, Comparison::at_most,
     "keys that differ between nodes after the final reads"},
}};

}  // namespace

extern const Measure split_brain{"split_brain",
                                 "writes acknowledged by two regions that had not seen one another",
                                 split_brain_metrics, &measure_split_brain};

}  // namespace gameday::measures
