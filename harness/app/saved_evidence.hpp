// The evidence that a run left in its folder, whether it came to its end or was killed.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"

#include <string>

namespace gameday::app {

// What the run wrote at its end; where it never came to that, what it had streamed until then
// (`cut_short`), which is never enough to pass.
Result<Evidence> saved_evidence(const std::string& run_dir);

}  // namespace gameday::app
