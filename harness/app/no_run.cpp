#include "harness/app/no_run.hpp"

#include "harness/app/commands.hpp"
#include "harness/model/verdict.hpp"
#include "harness/store/files.hpp"
#include "harness/store/run_dir.hpp"
#include "reporters/junit/junit.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace gameday::app {

namespace {

Result<std::string> leave(const std::string& out, std::string run_dir, reporters::NoRun no_run) {
    const auto now = std::chrono::system_clock::now();
    no_run.started_at = store::utc_text(now);
    if (run_dir.empty()) {
        auto made = store::create_run_dir(out, now, no_run.scenario);
        if (!made) return made.error();
        run_dir = *made;
    }
    std::string file = run_dir + "/junit.xml";
    if (auto written = store::write_file(file, reporters::junit_of(no_run)); !written) {
        return written.error();
    }
    return file;
}

void tell(const Result<std::string>& left) {
    if (left) {
        fmt::print(stderr, "gameday: for CI: {}\n", *left);
    } else {
        fmt::print(stderr, "gameday: {}\n", left.error().message);
    }
}

}  // namespace

int give_up(const Options& options, const std::vector<Error>& errors, const std::string& run_dir) {
    const int code = complain(errors);
    if (run_dir.empty() && !options.out_given) return code;
    reporters::NoRun no_run;
    no_run.scenario = std::filesystem::path(options.inputs.at(0)).stem().string();
    no_run.exit_code = code;
    for (const auto& error : errors) no_run.errors.push_back(error.message);
    tell(leave(options.out, run_dir, std::move(no_run)));
    return code;
}

void leave_usage_error(const std::string& out, const std::string& text) {
    tell(leave(out, {}, {"usage", {}, exit_usage, {text}}));
}

}  // namespace gameday::app
