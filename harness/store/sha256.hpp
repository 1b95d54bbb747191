// SHA-256 (FIPS 180-4) of texts and files, as 64 lower-case hexadecimal digits: what reports name
// the scenario and the evidence by. The same figures as the command sha256sum.
#pragma once

#include "harness/base/result.hpp"

#include <string>
#include <string_view>

namespace gameday::store {

std::string sha256_of_text(std::string_view text);

// Reads the file in pieces; fails when it cannot be read.
Result<std::string> sha256_of_file(const std::string& path);

}  // namespace gameday::store
