// `recover`: keeps the promises of runs that died, from their journals alone.
#include "harness/app/catalog.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/device_set.hpp"
#include "harness/app/environment.hpp"
#include "harness/json/json.hpp"
#include "harness/model/verdict.hpp"
#include "harness/run/recover.hpp"
#include "harness/store/files.hpp"
#include "harness/store/journal_file.hpp"
#include "harness/store/run_dir.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <unistd.h>

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
    const auto& origin = (*journal)->origin();
    std::error_code gone;
    if (!origin.folder.empty()) fs::current_path(origin.folder, gone);
    if (gone) {
        // What needs no folder is healed all the same; a relative name finds nothing there.
        std::error_code ignored;
        fs::current_path("/", ignored);
        fmt::print(stderr,
                   "gameday: {}: it was started in {}, from where relative commands and pid files "
                   "go: {}; where one fails now, make that folder again\n",
                   run.run_dir, origin.folder, gone.message());
    }
    DeviceContext context;
    context.run_dir = origin.run_dir;
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
    if (!clean) {
        fmt::print(
            stderr,
            "gameday: mend that and run it again; where it cannot be mended: gameday recover "
            "--forget {} --reason TEXT\n",
            run.run_dir);
        return false;
    }
    if (auto removed = registry.forget(run); !removed) {
        fmt::print(stderr, "gameday: {}\n", removed.error().message);
        return false;
    }
    fmt::print("clean   {}\n", run.run_dir);
    return true;
}

bool is_same_folder(const std::string& one, const std::string& other) {
    std::error_code error;  // a path that cannot be looked at is the same as nothing
    return fs::weakly_canonical(one, error) == fs::weakly_canonical(other, error);
}

// Whether the run was asked for on the command line (no names: all are).
bool is_wanted(const Options& options, const store::RegisteredRun& run) {
    if (options.inputs.empty()) return true;
    return std::ranges::any_of(
        options.inputs, [&](const std::string& dir) { return is_same_folder(dir, run.run_dir); });
}

// Adds a line to a file that others may add to as well.
Result<void> append_line(const std::string& path, const std::string& line) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "ae"),
                                                               &std::fclose);
    if (!file) return store::system_error("open", path);
    fmt::print(file.get(), "{}\n", line);
    if (std::fflush(file.get()) != 0) return store::system_error("write", path);
    return {};
}

// Takes a run off the registry with its promises unkept. Who asked for it, when and why stands
// beside the registry, and in the run's folder where there still is one.
Result<void> forget_run(const Options& options, const std::string& state_dir,
                        const store::RegisteredRun& run, store::Registry& registry) {
    List open;
    for (const auto& promise : run.open) open.emplace_back(promise.name);
    const std::string line =
        json::print(Params{{"forgotten_at", store::utc_text(std::chrono::system_clock::now())},
                           {"run", run.run_dir},
                           {"reason", options.reason},
                           {"uid", static_cast<std::int64_t>(::getuid())},
                           {"promises", std::move(open)}});
    if (auto written = append_line(state_dir + "/forgotten.log", line); !written) return written;
    if (fs::is_directory(run.run_dir)) {
        auto written = append_line(run.run_dir + "/forgotten.json", line);
        if (!written) return written;
    }
    if (auto removed = registry.forget(run); !removed) return removed;
    for (const auto& promise : run.open) fmt::print("not healed  {}\n", promise.name);
    fmt::print("forgotten   {}\n", run.run_dir);
    return {};
}

int forget(const Options& options, const std::string& state_dir, store::Registry& registry) {
    if (options.reason.find_first_not_of(" \t\n") == std::string::npos) {
        return complain({invalid("--reason is empty, write why")});
    }
    auto outstanding = registry.outstanding_runs();
    if (!outstanding) return complain({outstanding.error()});
    for (const auto& run : *outstanding) {
        if (!is_same_folder(options.forget, run.run_dir)) continue;
        auto forgotten = forget_run(options, state_dir, run, registry);
        return forgotten ? 0 : complain({forgotten.error()});
    }
    std::vector<std::string> dirs;
    for (const auto& run : *outstanding) dirs.push_back(run.run_dir);
    return complain(
        {invalid("{} is no run with promises outstanding; those there are: {}", options.forget,
                 dirs.empty() ? "none" : fmt::format("{}", fmt::join(dirs, ", ")))});
}

}  // namespace

int command_recover(const Options& options) {
    auto state = store::state_dir(environment);
    if (!state) return complain({state.error()});
    store::Registry registry(*state);
    if (!options.forget.empty()) return forget(options, *state, registry);
    auto outstanding = registry.outstanding_runs();
    if (!outstanding) return complain({outstanding.error()});
    for (const auto& dir : options.inputs) {
        const bool owes = std::ranges::any_of(
            *outstanding, [&](const auto& run) { return is_same_folder(dir, run.run_dir); });
        if (owes || fs::is_directory(dir)) continue;
        return complain(
            {invalid("{}: no run directory; without a name all runs are recovered", dir)});
    }
    // Before the first: each is healed from the folder that it was started in.
    std::erase_if(*outstanding, [&](const auto& run) { return !is_wanted(options, run); });
    bool clean = true;
    for (const auto& run : *outstanding) clean = recover_run(run, registry) && clean;
    if (outstanding->empty()) fmt::print("nothing to recover\n");
    return exit_code(clean ? Verdict::passed : Verdict::dirty);
}

}  // namespace gameday::app
