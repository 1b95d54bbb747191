// RTO phases: detect, decide, switch, recover: each instant minus the one before. An instant that
// was not seen is absent, and so is the phase that ends with it.
#pragma once

#include "harness/measures/recovery.hpp"
#include "harness/model/verdict.hpp"

#include <vector>

namespace gameday::measures {

// The figures `detect`, `decide`, `switch`, `recover` (durations), then `detect_at`, `decide_at`,
// `switch_at`, `first_at`, `stable_at`, `heal_at` (since t_fault).
//
// t_detect: first change of a health sample to unhealthy, or of a role sample, at a node the fault
// is aimed at (any node when it names none). t_decide: first sample of a node as primary that was
// not primary before. t_switch: first good operation invoked after the fault that another region
// served than served most of the baseline. t_first: first good operation after the outage began.
std::vector<Figure> phases_of(const Evidence& evidence, const Stream& stream,
                              const FaultPeriod& fault, const Recovery& recovery);

}  // namespace gameday::measures
