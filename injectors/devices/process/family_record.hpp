// FamilyRecord: whom a run has stopped, by process, in a file of its run directory.
//
// A child whose stopped parent is killed by somebody else is nobody's child any more, and stands
// still for ever. `gameday recover` finds it here. A line is "PID START KEY": the pid, the start
// time in clock ticks since boot, and the pid file (or "pid N") of the process it descends from.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/process/family.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::process {

class FamilyRecord {
 public:
    // No folder: nothing is recorded.
    explicit FamilyRecord(const std::string& run_dir);

    // Before they are stopped. `failed` when it cannot be written.
    Result<void> add(std::string_view key, std::span<const Found> family) const;
    // Those of that key that are still stopped.
    [[nodiscard]] std::vector<Found> stopped(std::string_view key) const;
    // All stand as they did before: nobody need be found any more.
    void clear() const;

 private:
    std::string path_;
};

}  // namespace gameday::devices::process
