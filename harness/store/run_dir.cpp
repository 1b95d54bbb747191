#include "harness/store/run_dir.hpp"

#include "harness/store/sha256.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>

#include <unistd.h>

namespace gameday::store {

namespace fs = std::filesystem;

namespace {

std::string file_name_of(std::string_view name) {
    std::string kept;
    for (const char letter : name.substr(0, 100)) {
        const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' ||
                           letter == '_' || letter == '-';
        kept += plain ? letter : '-';
    }
    return kept;
}

std::string normal(const std::string& run_dir) {
    std::error_code ignored;  // an empty path is what a failure gives, and it is tested for below
    const auto path = fs::absolute(run_dir, ignored).lexically_normal();
    return path.has_filename() ? path.string() : path.parent_path().string();
}

// What the registry's file says, judged by what is found at the place it names. Nothing when the
// run ended and took its file away meanwhile.
std::optional<RegisteredRun> look_at(const std::string& entry) {
    RegisteredRun run;
    run.entry = entry;
    auto text = read_file(entry);
    if (std::error_code ignored; !text && !fs::exists(entry, ignored)) return std::nullopt;
    if (!text) {
        run.problem = text.error().message;
        return run;
    }
    while (!text->empty() && text->back() == '\n') text->pop_back();
    run.run_dir = *text;
    if (run.run_dir.empty() || run.run_dir.front() != '/') {
        run.problem = fmt::format("{} names no run folder", entry);
        return run;
    }
    run.owner = owner_of_journal(run.run_dir);
    const auto journal = read_file(run.run_dir + "/" + std::string(journal_name));
    if (!journal) {
        run.owner = Owner::gone;
        run.problem = journal.error().message;
        return run;
    }
    auto contents = parse_journal(*journal);
    run.open.assign(contents.open.rbegin(), contents.open.rend());
    if (!contents.damage.empty()) {
        run.problem = fmt::format("the journal is damaged: {}", fmt::join(contents.damage, "; "));
    }
    return run;
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

Result<std::string> create_run_dir(const std::string& root,
                                   std::chrono::system_clock::time_point time,
                                   std::string_view scenario_name) {
    if (auto made = make_folders(root); !made) return made.error();
    const std::string base = fmt::format("{}/{:%Y%m%dT%H%M%SZ}-{}", normal(root),
                                         fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                                         file_name_of(scenario_name));
    constexpr int most = 10'000;
    for (int n = 1; n <= most; ++n) {
        const std::string path = n == 1 ? base : fmt::format("{}-{}", base, n);
        std::error_code problem;
        if (fs::create_directory(path, problem)) {
            if (auto synced = sync_folder(root); !synced) return synced.error();
            return path;
        }
        if (problem) {
            return failed("cannot make the run folder {}: {}", path, problem.message());
        }
    }
    return failed("{}: {} folders of that name exist", base, most);
}

Result<std::string> state_dir(
    const std::function<std::optional<std::string>(std::string_view)>& environment) {
    struct Place {
        std::string_view variable, below;
    };
    constexpr Place places[] = {{"GAMEDAY_STATE_DIR", ""},
                                {"XDG_STATE_HOME", "/gameday"},
                                {"HOME", "/.local/state/gameday"}};
    for (const auto& [variable, below] : places) {
        const auto value = environment(variable);
        if (!value || value->empty()) continue;
        if (value->front() != '/') {
            return invalid("{}: \"{}\" is no absolute path", variable, *value);
        }
        return *value + std::string(below);
    }
    return invalid("no place for state: set GAMEDAY_STATE_DIR, XDG_STATE_HOME or HOME");
}

Registry::Registry(std::string state_dir) : folder_(std::move(state_dir) + "/runs") {}

Result<void> Registry::add(const std::string& run_dir) {
    if (auto made = make_folders(folder_); !made) return made;
    return write_new_file(entry_of(run_dir), normal(run_dir) + "\n");
}

Result<void> Registry::remove(const std::string& run_dir) {
    const std::string entry = entry_of(run_dir);
    if (::unlink(entry.c_str()) != 0 && errno != ENOENT) return system_error("remove", entry);
    return {};
}

Result<void> Registry::forget(const RegisteredRun& run) {
    if (::unlink(run.entry.c_str()) != 0 && errno != ENOENT) {
        return system_error("remove", run.entry);
    }
    return {};
}

Result<std::vector<RegisteredRun>> Registry::outstanding_runs() {
    auto runs = all();
    if (!runs) return runs;
    std::erase_if(*runs, [this](const auto& run) {
        if (run.owner == Owner::alive) return true;
        if (!run.open.empty() || !run.problem.empty()) return false;
        // An entry that cannot be removed does no harm: it owes nothing the next time either.
        (void)forget(run);
        return true;
    });
    return runs;
}

Result<std::vector<RegisteredRun>> Registry::live_runs() const {
    auto runs = all();
    if (!runs) return runs;
    std::erase_if(*runs, [](const auto& run) { return run.owner != Owner::alive; });
    return runs;
}

std::string Registry::entry_of(const std::string& run_dir) const {
    const std::string path = normal(run_dir);
    // The digits tell runs of one name in different places apart.
    return fmt::format("{}/{}.{}", folder_, fs::path(path).filename().string(),
                       sha256_of_text(path).substr(0, 8));
}

Result<std::vector<RegisteredRun>> Registry::all() const {
    std::vector<RegisteredRun> runs;
    std::error_code problem;
    fs::directory_iterator each(folder_, problem);
    if (problem == std::errc::no_such_file_or_directory) return runs;
    for (; !problem && each != fs::directory_iterator(); each.increment(problem)) {
        if (each->path().extension() == ".tmp") continue;  // died while registering: no promise yet
        if (auto run = look_at(each->path().string())) runs.push_back(std::move(*run));
    }
    if (problem) {
        return failed("cannot read the registry of runs {}: {}", folder_, problem.message());
    }
    std::ranges::sort(runs, [](const auto& a, const auto& b) { return a.entry < b.entry; });
    return runs;
}

}  // namespace gameday::store
