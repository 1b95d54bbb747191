// Scopes: whom a measurement is about. Every service measure is taken for both operation classes
// together and apart, and for all client regions together (the worst) and apart.
#pragma once

#include "harness/model/topology.hpp"
#include "harness/model/verdict.hpp"
#include "harness/view/view.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::measures {

struct Scope {
    std::optional<Verb> verb;        // absent: the worse of both
    std::optional<RegionId> region;  // of the clients; absent: the worst of all

    [[nodiscard]] bool covers(const view::StreamKey& key) const;
    // "rto" → "rto", "rto_read" or "rto_write".
    [[nodiscard]] std::string metric(std::string_view measure) const;
    [[nodiscard]] std::string region_name(const Topology& topology) const;  // "" for all
};

// All classes over all regions, always; then for each client region the classes that have a stream.
std::vector<Scope> scopes_of(const std::vector<view::Stream>& streams);

// The worst of two figures of which the larger is the worse: both ends the larger.
Interval<double> worse_of(const Interval<double>& a, const Interval<double>& b);

// A measurement of that scope without a value yet.
Measurement begin_measurement(std::string_view measure, const Scope& scope,
                              const Topology& topology);

// The words of the minimum level for a criterion: "99 % good within 500 ms, held for 1 s and 100
// operations".
std::string level_words(const MinimumLevel& minimum);

void add_witnesses(Measurement& measurement, const std::vector<std::uint64_t>& seqs);

// "" or "<part>; <more>": joins remarks.
void add_remark(std::string& remarks, std::string_view more);

// A figure of one stream by one reading of its spans, and what it says of the whole stream: both
// readings of what the instrument spoiled. A stream too thin for its level has an open high end.
Interval<double> both_readings(
    const view::Stream& stream,
    const std::function<Interval<double>(const std::vector<view::Span>&)>& figure);

// The largest `completed − scheduled` between neighbouring good operations, seconds, from `from` to
// the first that was due after `until`, but for what lies in the spans `beside`: an outage that no
// span shows was shorter. Open when no good operation came after `until`, nor a span shows it.
double largest_silence(const view::Stream& stream, Instant from, Instant until,
                       const std::vector<view::Span>& beside);

}  // namespace gameday::measures
