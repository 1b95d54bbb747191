// Places in a tree of values: JSON pointers (RFC 6901), and the dotted paths of --set.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <string>
#include <string_view>

namespace gameday::scenario {

// Puts a value at a JSON pointer whose parent exists; does nothing otherwise.
void put_at_pointer(Value& tree, std::string_view pointer, Value value);

// Applies "load.0.rate_per_s=500". What stands after "=" is JSON, or else a text as it is. Members
// that are missing are made, a list grows by the position after its last. "load.0" also means the
// only load of a file that has no list there. Fails with `invalid`, naming the path.
Result<void> apply_set(Value& tree, std::string_view setting);

// Takes from `below` each member that `value` lacks, at any depth. Lists are taken whole.
void merge_below(Value& value, const Value& below);

}  // namespace gameday::scenario
