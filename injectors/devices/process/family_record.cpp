#include "injectors/devices/process/family_record.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace gameday::devices::process {

FamilyRecord::FamilyRecord(const std::string& run_dir)
    : path_(run_dir.empty() ? std::string() : run_dir + "/stopped_processes") {}

Result<void> FamilyRecord::add(std::string_view key, std::span<const Found> family) const {
    if (path_.empty()) return {};
    std::ofstream file(path_, std::ios::app);
    for (const Found& each : family) {
        file << fmt::format("{} {} {}\n", each.pid, each.sight.start, key);
    }
    if (file.flush()) return {};
    return Error{ErrorCode::failed,
                 fmt::format("cannot write {}: {}; nothing is stopped without it", path_,
                             std::strerror(errno))};
}

std::vector<Found> FamilyRecord::stopped(std::string_view key) const {
    std::vector<Found> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        Found then;
        std::string of;
        if (!(words >> then.pid >> then.sight.start) || !std::getline(words.ignore(), of)) continue;
        const Found now{then.pid, look(then.pid)};
        if (of == key && is_same(then, now) && now.sight.life == Life::stopped)
            found.push_back(now);
    }
    return found;
}

void FamilyRecord::clear() const {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove(path_, error);
}

}  // namespace gameday::devices::process
