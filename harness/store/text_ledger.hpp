// Reads of the ledger in short: section "ledger" of evidence as text, where a line stands for one
// pass over every key. TEXT_STREAMS.md has the grammar.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/store/cells.hpp"
#include "harness/store/text_sections.hpp"

namespace gameday::store {

// Adds the reads to the evidence's operations: of each key with an acknowledged write, from each
// node, finding the newest acknowledged value unless the line says otherwise.
Result<void> add_ledger(const TextSection& section, const Names& names, Evidence& evidence);

}  // namespace gameday::store
