// What a test does that cannot run here: it says why, and under CI it fails.
#pragma once

#include "tests/support/catch.hpp"

#include <cstdlib>
#include <string>

namespace gameday::test {

// Whether the machine is one that has to have all that tests need: CI, or that of tests/vm.
inline bool must_run() {
    const char* ci = std::getenv("CI");
    return (ci != nullptr && *ci != '\0') || std::getenv("GAMEDAY_IN_VM") != nullptr;
}

// For a test that ends here because of what this machine lacks.
inline void skip_or_fail(const std::string& reason) {
    if (must_run()) FAIL("CANNOT RUN: " << reason);
    WARN("SKIPPED: " << reason);
}

// Whether there is such a reason; then it has been said.
inline bool is_skipped(const std::string& reason) {
    if (!reason.empty()) skip_or_fail(reason);
    return !reason.empty();
}

}  // namespace gameday::test
