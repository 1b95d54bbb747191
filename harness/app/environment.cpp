#include "harness/app/environment.hpp"

#include "harness/model/params.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace gameday::app {

namespace fs = std::filesystem;

namespace {

// Where "examples" or "scenarios" may be: of an installed program, and of one in a build folder.
std::vector<fs::path> shipped_folders(const std::string& kind) {
    const fs::path bin = bin_dir();
    return {bin / "../share/gameday" / kind, bin / "../../.." / kind};
}

// Names of the scenarios in a folder, without ".json", in order.
std::vector<std::string> scenarios_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto stem = entry.path().stem();
        const bool is_scenario = entry.path().extension() == ".json" && !stem.has_extension();
        if (is_scenario) names.push_back(stem.string());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string bin_dir() {
    std::error_code error;
    const auto self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path().string() : self.parent_path().string();
}

Result<std::string> example_folder(const std::string& name, const std::string& beside) {
    std::vector<fs::path> places;
    if (name.find('/') != std::string::npos) {
        places.push_back(fs::path(beside) / name);
    } else {
        if (const auto folder = environment("GAMEDAY_EXAMPLES")) {
            places.push_back(fs::path(*folder) / name);
        }
        for (const auto& folder : shipped_folders("examples")) places.push_back(folder / name);
    }
    std::string tried;
    for (const auto& place : places) {
        std::error_code error;
        if (fs::exists(place / "launch.json", error)) {
            return fs::weakly_canonical(place, error).string();
        }
        tried += (tried.empty() ? "" : ", ") + place.lexically_normal().string();
    }
    return invalid(
        "\"{}\" is no example that can be launched (no launch.json in {}); write "
        "\"regions\", \"etcd\", or describe the system itself",
        name, tried);
}

Result<std::string> scenario_path(const std::string& name) {
    std::error_code error;
    if (name == "-" || fs::exists(name, error)) return name;
    const fs::path path = name;
    const bool is_bare = !path.has_parent_path() && path.extension() != ".json";
    std::vector<std::string> known;
    if (is_bare) {
        for (const auto& folder : shipped_folders("scenarios")) {
            const auto file = folder / (name + ".json");
            if (fs::exists(file, error)) return fs::weakly_canonical(file, error).string();
            std::ranges::move(scenarios_in(folder), std::back_inserter(known));
        }
    } else {
        known = scenarios_in(path.has_parent_path() ? path.parent_path() : fs::path("."));
    }
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string near(nearest(path.stem().string(), views));
    std::string hint;
    if (!near.empty()) {
        hint = "; did you mean " +
               (is_bare ? near : (path.parent_path() / (near + ".json")).string()) + "?";
    } else if (is_bare && !known.empty()) {
        hint = fmt::format("; scenarios that came with gameday: {}", fmt::join(known, ", "));
    }
    return invalid("no such file: {}{}", name, hint);
}

}  // namespace gameday::app
