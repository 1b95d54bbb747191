// Operations and samples in short: sections "streams" and "watch" of evidence as text, where a line
// stands for thousands of rows. TEXT_STREAMS.md has the grammar.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/store/cells.hpp"
#include "harness/store/text_sections.hpp"

namespace gameday::store {

// Adds what the lines say to the evidence's operations and clients, in order of `scheduled`. Phases
// follow from `steady` and `active`, values from the order of the writes, and each read finds the
// newest write acknowledged before it.
Result<void> add_streams(const TextSection& section, const Names& names, Evidence& evidence);

// Adds samples of roles and lag.
Result<void> add_watch(const TextSection& section, const Names& names, Evidence& evidence);

// The client of a region and a load; made when there is none.
ClientId client_of(RegionId region, std::uint16_t load, Evidence& evidence);

// Puts the operations in order of `scheduled` and numbers them.
void order_operations(Evidence& evidence);

}  // namespace gameday::store
