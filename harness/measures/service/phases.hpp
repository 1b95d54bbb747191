// Phases of a recovery: detect, decide, switch, recover: each instant minus the one before. An
// instant that was not seen is absent, and so is the phase that ends with it.
#pragma once

#include "harness/model/verdict.hpp"
#include "harness/view/recovery.hpp"

#include <vector>

namespace gameday::measures {

// The figures `detect`, `decide`, `switch`, `recover` (durations), then `seen_at`, `detect_at`,
// `decide_at`, `switch_at`, `first_at`, `stable_at`, `heal_at` (since t_fault).
//
// t_seen: a probe of ours found a node gone that the fault is aimed at (any node when it names
// none). t_detect: the clients' own checkers found such a node unhealthy, or a node said that its
// role is another. t_decide: a node said for the first time that it is the primary. t_switch: first
// good operation due after the fault that another region served than served most of the baseline.
// t_first: first good operation after the first span began. t_stable: end of the last span.
std::vector<Figure> phases_of(const view::View& view, const view::Stream& stream,
                              const view::FaultPeriod& fault, const view::Recovery& recovery);

}  // namespace gameday::measures
