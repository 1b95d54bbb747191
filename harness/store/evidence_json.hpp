// Evidence, but for its operations, as a tree of values and back. Pure; evidence_file writes it.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/value.hpp"

namespace gameday::store {

// Instants and durations are whole nanoseconds, enums are names, ids are positions (null: none).
// Samples are rows, in the order of evidence_fields.hpp; everything else is an object.
Value evidence_to_value(const Evidence& evidence);

// Gives the same back, without operations. `invalid`, with the place as a JSON pointer, for the
// first thing that is missing or of another kind. Ids are not checked: see check_ids.
Result<Evidence> evidence_from_value(const Value& value);

// The same for a part of evidence, as a stream has it: empty lists are left out.
Value part_to_value(const Evidence& part);
Result<Evidence> part_from_value(const Value& value);

}  // namespace gameday::store
