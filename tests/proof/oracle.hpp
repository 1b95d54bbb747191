// A slow and plain reading of harness/measures/DEFINITIONS.md: what they say of given evidence.
//
// It shares nothing with the program but the plain values. With a mutation it is wrong in one
// place; the proof has to notice.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/verdict.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::proof {

enum class Mutation : std::uint8_t {
    none,
    forgives_two,           // one bad operation more than the level forgives
    first_span_only,        // RTO ends with the first span
    heal_is_end,            // a span under way at the heal counts with its own end
    any_good_is_fine,       // a span ends at the first good operation
    last_bad_before_heal,   // ended before the heal when the last bad operation was
    shown_by_arrivals,      // a window is over with its last arrival, not with its last answer
    newest_fault_only,      // a span belongs to the newest fault in force
    first_pulse_only,       // a wave is over with the heal of its first pulse
    after_heal_is_none,     // spans that begin within hold after the heal belong to nobody
    down_already_is_none,   // a span under way at the fault is not told
    one_verb_only,          // only writes make the worst stream
    mean_gap,               // resolution by the mean spacing
    by_completed,           // counts by completion
    slow_is_good,           // the latency bound is not looked at
    spoiled_is_bad,         // the instrument's pause is the system's outage
    latency_of_good,        // quantiles of good operations only
    overwritten_is_stable,  // never_read is no doubt
    unknown_is_kept,        // unknown writes are promises
    behind_is_lost,         // absent at any node is lost
    way_back_to_next,       // losses of the way back count for the next fault
    rpo_after_heal_only,    // what the survivors showed is not looked at
    survivors_unread_is_0,  // not read in time is as good as read
    unread_lag_is_0,        // a gap in the lag samples is no lag
    lag_of_warmup,          // lag counts from the first sample
    no_version_no_split,    // without a causal version there is no split brain
    untold_is_one,          // who is not told to have served is one and the same
    flaps_pooled,           // the allowance is over all faults
    last_attempt_only,      // returned can not be seen
    foreign_is_absent,      // values that nobody wrote are absent ones
    resurrected_is_fine,    // refused writes that show are not told
    steady_pooled,          // the steady state is over all streams
    thin_passes,            // too few operations for the level are enough
    ridden_is_free,         // a fault to be ridden out may have spans
    unproven_passes,        // a fault that did not bite passes
    count,
};

std::string_view name_of(Mutation mutation);

struct Judgement {
    std::vector<Measurement> measurements;
    std::vector<Finding> findings;
    Verdict verdict = Verdict::inconclusive;
    std::vector<std::string> reasons;
};

// `targets`: the declared and the implied ones.
Judgement oracle_judged(const Scenario& scenario, const Evidence& evidence,
                        const std::vector<TargetSpec>& targets, Mutation mutation);

}  // namespace gameday::proof
