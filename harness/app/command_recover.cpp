// `recover`: keeps the promises of runs that died, from their journals alone.
#include "harness/app/catalog.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/device_set.hpp"
#include "harness/app/environment.hpp"
#include "harness/model/verdict.hpp"
#include "harness/run/recover.hpp"
#include "harness/store/journal_file.hpp"
#include "harness/store/run_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace gameday::app {

namespace fs = std::filesystem;

namespace {

// Heals one run and takes it off the registry. True when nothing of it is left.
bool recover_run(const store::RegisteredRun& run, store::Registry& registry) {
    if (run.owner == store::Owner::gone) {
        fmt::print(stderr, "gameday: {}: {}; what it left cannot be known, its entry is removed\n",
                   run.run_dir, run.problem);
        return registry.forget(run).has_value();
    }
    auto journal = store::JournalFile::take_over(run.run_dir);
    if (!journal) {
        fmt::print(stderr, "gameday: {}: {}\n", run.run_dir, journal.error().message);
        return false;
    }
    for (const auto& damage : (*journal)->damage()) {
        fmt::print(stderr, "gameday: {}: journal {}\n", run.run_dir, damage);
    }
    DeviceContext context;
    context.run_dir = (*journal)->origin().run_dir;
    DeviceSet devices(catalog(), context);
    auto recovered = run::recover(**journal, devices.devices());
    if (!recovered) {
        fmt::print(stderr, "gameday: {}: {}\n", run.run_dir, recovered.error().message);
        return false;
    }
    bool clean = true;
    for (const auto& each : *recovered) {
        const bool kept = each.error.empty();
        fmt::print("{}  {}{}\n", kept ? "healed" : "FAILED", each.promise.name,
                   kept ? "" : ": " + each.error);
        clean = clean && kept;
    }
    if (!clean) return false;
    if (auto removed = registry.forget(run); !removed) {
        fmt::print(stderr, "gameday: {}\n", removed.error().message);
        return false;
    }
    fmt::print("clean   {}\n", run.run_dir);
    return true;
}

// Whether the run was asked for on the command line (no names: all are).
bool is_wanted(const Options& options, const store::RegisteredRun& run) {
    if (options.inputs.empty()) return true;
    return std::any_of(options.inputs.begin(), options.inputs.end(), [&](const std::string& dir) {
        std::error_code error;
        return fs::weakly_canonical(dir, error) == fs::weakly_canonical(run.run_dir, error);
    });
}

}  // namespace

int command_recover(const Options& options) {
    auto state = store::state_dir(environment);
    if (!state) return complain({state.error()});
    store::Registry registry(*state);
    auto outstanding = registry.outstanding_runs();
    if (!outstanding) return complain({outstanding.error()});
    bool clean = true;
    std::size_t handled = 0;
    for (const auto& run : *outstanding) {
        if (!is_wanted(options, run)) continue;
        ++handled;
        clean = recover_run(run, registry) && clean;
    }
    if (handled == 0) fmt::print("nothing to recover\n");
    return exit_code(clean ? Verdict::passed : Verdict::dirty);
}

}  // namespace gameday::app
