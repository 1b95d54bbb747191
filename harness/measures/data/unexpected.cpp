// Unexpected: what reads show that no sound system shows, whatever else is measured. A target of 0
// is implied for each, in runs that keep a ledger.
#include "harness/measures/data/losses.hpp"
#include "harness/ports/measure.hpp"

#include <array>
#include <limits>

namespace gameday::measures {
namespace {

using view::Ledger;
using view::Sightings;

Measurement measure_one(const Ledger& ledger, const char* metric, const Sightings& seen,
                        const char* criterion) {
    Measurement measurement;
    measurement.measure = "unexpected";
    measurement.metric = metric;
    measurement.unit = Unit::count;
    measurement.criterion = criterion;
    measurement.witnesses = seen.witnesses;
    if (seen.possible == 0) measurement.why = unmeasurable(ledger);
    if (!measurement.why.empty()) return measurement;
    measurement.value =
        Interval<double>{static_cast<double>(seen.proven), static_cast<double>(seen.possible)};
    if (!ledger.read_back) {
        measurement.value->high = std::numeric_limits<double>::infinity();
        measurement.why = unmeasurable(ledger);
    }
    return measurement;
}

std::vector<Measurement> measure_unexpected(const view::View& view) {
    const Ledger& ledger = view.ledger;
    if (!ledger.kept) return {};
    const std::array<Measurement, 4> all{
        measure_one(ledger, "unexpected", ledger.unexpected,
                    "values under a key that nobody wrote there, in final reads, in reads of "
                    "survivors, and in all reads where values carry the run id"),
        measure_one(ledger, "resurrected", ledger.resurrected,
                    "writes that were refused, and that a read returned"),
        measure_one(ledger, "returned", ledger.returned,
                    "acknowledged writes that every node was without in its first final read, and "
                    "that a later one shows"),
        measure_one(ledger, "differing", ledger.differing,
                    "keys of which two nodes show two writes in their last final reads, neither "
                    "of them older than the other"),
    };
    std::vector<Measurement> measurements;
    for (const auto& each : all) {
        // Nothing was written, or nothing was ever asked for: there is nothing to be met.
        const bool judged = ledger.asked && !ledger.acknowledged.empty();
        if (judged || !each.witnesses.empty()) measurements.push_back(each);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 4> unexpected_metrics{{
    {"unexpected",
     "values nobody wrote",
     Unit::count,
     Comparison::at_most,
     "values that a read returned and that nobody wrote under that key",
     {.implied = true}},
    {"resurrected",
     "refused writes that are there",
     Unit::count,
     Comparison::at_most,
     "writes that were refused and that a read returned",
     {.implied = true}},
    {"returned",
     "writes that came back",
     Unit::count,
     Comparison::at_most,
     "acknowledged writes that were absent everywhere after the heal, and there later",
     {.implied = true}},
    {"differing",
     "keys with two values",
     Unit::count,
     Comparison::at_most,
     "keys of which two nodes show two writes, neither older than the other",
     {.implied = true}},
}};

}  // namespace

extern const Measure unexpected{"unexpected", "Values that must not be there",
                                "what reads show that no sound system shows", unexpected_metrics,
                                &measure_unexpected};

}  // namespace gameday::measures
