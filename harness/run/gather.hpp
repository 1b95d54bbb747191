// What is made of the raw operations when a run has ended; pure.
#pragma once

#include "harness/model/evidence.hpp"

#include <string>
#include <vector>

namespace gameday::run {

// Gives every operation but the final reads and those of survivors the phase that its `scheduled`
// says: the engine marks them while it runs, but where the steady window began is known only once
// it has ended. `steady` absent: all was warm-up.
void mark_phases(std::vector<Operation>& operations, const Interval<Instant>* steady);

// How late operations were started, by nearest rank, over those that were sent and read nothing
// back; and how many were shed.
InstrumentHealth instrument_health(const std::vector<Operation>& operations);

// "; why not: 120 reads unexpected, HTTP 404 (first answer "not found"); …": the most frequent
// three, for the reason of a refusal. "" when there are none.
std::string top_causes(std::vector<CauseCount> causes);

}  // namespace gameday::run
