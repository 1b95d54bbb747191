// Scopes: whom a measurement is about. Every time measure is taken for both operation classes
// together and apart, and for all client regions together (the worst) and apart.
#pragma once

#include "harness/measures/streams.hpp"
#include "harness/model/topology.hpp"
#include "harness/model/verdict.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::measures {

struct Scope {
    std::optional<Verb> verb;        // absent: the worse of both
    std::optional<RegionId> region;  // of the clients; absent: the worst of all

    [[nodiscard]] bool covers(const StreamKey& key) const;
    // "rto" → "rto", "rto_read" or "rto_write".
    [[nodiscard]] std::string metric(std::string_view measure) const;
    [[nodiscard]] std::string region_name(const Topology& topology) const;  // "" for all
};

// All classes over all regions, always; then for each client region the classes that have a stream.
std::vector<Scope> scopes_of(const std::vector<Stream>& streams);

// The worst of two figures of which the larger is the worse: both ends the larger.
Interval<double> worse_of(const Interval<double>& a, const Interval<double>& b);

// A measurement of that scope without a value yet.
Measurement begin_measurement(std::string_view measure, const Scope& scope,
                              const Topology& topology);

// The words of the minimum level for a criterion: "99 % good within 500 ms and 80 % of the
// baseline, held for 1 s".
std::string level_words(const MinimumLevel& minimum);

void add_witnesses(Measurement& measurement, const std::vector<std::uint64_t>& seqs);

}  // namespace gameday::measures
