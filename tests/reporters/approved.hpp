// Approved texts: what users see is compared byte for byte with a file under review.
#pragma once

#include <string>

namespace gameday::test {

// Fails the running test unless tests/reporters/approved/<file> holds exactly `text`. With
// GAMEDAY_APPROVE=1 in the environment it writes the file instead, for a reviewer to read.
void check_approved(const std::string& file, const std::string& text);

}  // namespace gameday::test
