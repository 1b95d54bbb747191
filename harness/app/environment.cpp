#include "harness/app/environment.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace gameday::app {

namespace fs = std::filesystem;

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
        const fs::path bin = bin_dir();
        places.push_back(bin / "../../../examples" / name);
        places.push_back(bin / "../share/gameday/examples" / name);
    }
    std::string tried;
    for (const auto& place : places) {
        std::error_code error;
        if (fs::exists(place / "launch.json", error)) {
            return fs::weakly_canonical(place, error).string();
        }
        tried += (tried.empty() ? "" : ", ") + place.lexically_normal().string();
    }
    return Error{ErrorCode::invalid,
                 fmt::format("\"{}\" is no example that can be launched (no launch.json in {}); "
                             "write \"regions\", \"etcd\", or describe the system itself",
                             name, tried)};
}

}  // namespace gameday::app
