// The small pieces of result.json: measurements, findings and the timeline as trees.
#pragma once

#include "harness/model/report.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::reporters {

// Null when the number is not finite: JSON has no other numbers.
Value number_value(double number);
// A whole number, or decimal text when it is beyond 2^63 − 1.
Value unsigned_value(std::uint64_t number);
Value interval_value(const std::optional<Interval<double>>& interval);
// The interval in seconds since the run began.
Value instants_value(const Interval<Instant>& interval);
Value text_value(const std::string& text);  // what is not UTF-8 is replaced
Value texts_value(const std::vector<std::string>& texts);

Value measurement_value(const Measurement& measurement);
Value finding_value(const Finding& finding);
// `zero` is time zero of the faults; nodes are named as in the topology.
Value fault_value(const FaultWindow& fault, const Topology& topology, Instant zero);
// What became of connections through the proxy, with the faults by name.
Value causes_value(const Report& report);
Value connections_value(const Report& report);
Value timeline_value(const Timeline& timeline);

}  // namespace gameday::reporters
