// Files of this test folder, and the options that stand in their first comment lines.
#pragma once

#include "harness/scenario/parse.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::test {

// The files of tests/scenario/<folder> with that extension, sorted by name.
std::vector<std::filesystem::path> files(std::string_view folder, std::string_view extension);
std::string read(const std::filesystem::path& path);  // "" when there is no such file
void write(const std::filesystem::path& path, const std::string& text);

// Applies lines such as "// --set load.timeout=1s", "// --seed 7" and "// --time-scale 0.1".
void apply_comments(const std::string& text, scenario::ParseOptions& options);

}  // namespace gameday::test
