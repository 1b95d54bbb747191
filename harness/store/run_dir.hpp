// Where runs are kept, and the registry of runs that may still owe the machine something.
//
// A run folder holds everything of one run. The registry lives outside all run folders, so that
// `recover` and the next run find what was left behind wherever it was. It holds one small file for
// each run, made after the run's journal and before its first promise.
#pragma once

#include "harness/base/result.hpp"
#include "harness/store/journal_file.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::store {

// "2025-01-31T10:20:30Z", for people and for Evidence::started_at.
std::string utc_text(std::chrono::system_clock::time_point time);

// Makes `<root>/<UTC time>-<name>[-n]`, for example "runs/20250131T102030Z-region-outage-2", and
// gives its absolute path. Letters, digits, '.', '_' and '-' of the name are kept, the rest become
// '-'; n counts from 2 when the folder exists. `root` is made when missing.
Result<std::string> create_run_dir(const std::string& root,
                                   std::chrono::system_clock::time_point time,
                                   std::string_view scenario_name);

// The folder for state of this user: $GAMEDAY_STATE_DIR, else $XDG_STATE_HOME/gameday, else
// $HOME/.local/state/gameday. `environment` gives a variable's value, absent when not set; empty
// counts as not set. `invalid` when none of the three is set or the path is not absolute.
Result<std::string> state_dir(
    const std::function<std::optional<std::string>(std::string_view)>& environment);

// A registered run as it was found.
struct RegisteredRun {
    std::string run_dir;
    std::string entry;  // path of its file in the registry
    Owner owner = Owner::gone;
    std::vector<Promise> open;  // newest first; of a live run: what it would have to heal now
    std::string problem;        // why its promises cannot be known (entirely); "" when they can
};

class Registry {
 public:
    explicit Registry(std::string state_dir);

    // Registers a run; durable on return. Call after the journal was created, before any promise.
    Result<void> add(const std::string& run_dir);
    // Takes a run off; fine when it is not there. Call when its last promise was kept.
    Result<void> remove(const std::string& run_dir);
    // The same for an entry as it was found, whose run folder may be gone.
    Result<void> forget(const RegisteredRun& run);

    // Runs that died with promises open, or whose promises cannot be known any more (`problem`), by
    // path. A missing registry has none. Takes runs off that died owing nothing.
    [[nodiscard]] Result<std::vector<RegisteredRun>> outstanding_runs();
    // Runs going on now in other processes (or in this one).
    [[nodiscard]] Result<std::vector<RegisteredRun>> live_runs() const;

 private:
    [[nodiscard]] std::string entry_of(const std::string& run_dir) const;
    [[nodiscard]] Result<std::vector<RegisteredRun>> all() const;

    std::string folder_;
};

}  // namespace gameday::store
