// Losses: the ledger's lost writes by the fault that they are put down to, in the words of rpo.
#pragma once

#include "harness/measures/ledger.hpp"
#include "harness/measures/recovery.hpp"

#include <vector>

namespace gameday::measures {

// Acknowledged writes put down to one fault (or, without faults, to the whole run).
struct Losses {
    Interval<Instant> instant;           // t_fault; without a fault the end of the load
    std::vector<const Operation*> lost;  // proven, in order of `completed`
    // May have been lost unseen: indeterminate ones, and never-read ones of the loss-prone window.
    std::vector<const Operation*> doubtful;
};

// Which fault a write acknowledged at `when` is put down to, as an index of `faults`: the newest
// that was in force then; else the next to come; else the last. While only faults that expect no
// outage are in force, the next that expects one comes first. faults must not be empty.
std::size_t fault_of(Instant when, const std::vector<FaultPeriod>& faults);

// One entry for each fault; exactly one without faults. `region`: only writes of its clients.
std::vector<Losses> losses_of(const Ledger& ledger, const Evidence& evidence,
                              const std::vector<FaultPeriod>& faults,
                              std::optional<RegionId> region);

// t_fault − P in seconds, by the proven and the doubtful losses.
// P lies between the completion of the acknowledged write before the oldest lost one and its own.
// Losses acknowledged after t_fault are counted apart; they raise the high end only, to the span
// over which they were acknowledged, so that an RPO target is not met in spite of them.
Interval<double> recovery_point_age(const Losses& losses, const Ledger& ledger);

}  // namespace gameday::measures
