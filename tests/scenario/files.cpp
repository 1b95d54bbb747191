#include "tests/scenario/files.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace gameday::test {

std::vector<std::filesystem::path> files(std::string_view folder, std::string_view extension) {
    std::vector<std::filesystem::path> result;
    const std::filesystem::path root(GAMEDAY_TEST_DIR);
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
        if (entry.path().extension() == extension) result.push_back(entry.path());
    }
    std::sort(result.begin(), result.end());
    return result;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

void apply_comments(const std::string& text, scenario::ParseOptions& options) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && line.starts_with("// ");) {
        std::istringstream words(line.substr(3));
        std::string option;
        std::string value;
        words >> option >> value;
        if (option == "--set") options.sets.push_back(value);
        if (option == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
        if (option == "--time-scale") options.time_scale = std::atof(value.c_str());
    }
}

}  // namespace gameday::test
