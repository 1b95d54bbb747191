// `judge`, `show` and `report`: what can be done with the evidence of runs that are over.
#include "harness/app/catalog.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/history_file.hpp"
#include "harness/app/run_reports.hpp"
#include "harness/app/saved_evidence.hpp"
#include "harness/app/scenario_file.hpp"
#include "harness/json/json.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/store/evidence_text.hpp"
#include "harness/store/files.hpp"
#include "harness/store/run_dir.hpp"
#include "reporters/compliance/compliance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace gameday::app {

namespace fs = std::filesystem;

namespace {

// The run directories meant: each input is one, or a folder whose children are.
std::vector<std::string> run_dirs(const std::vector<std::string>& inputs) {
    std::vector<std::string> dirs;
    for (const auto& input : inputs) {
        if (fs::exists(fs::path(input) / "result.json")) {
            dirs.push_back(input);
            continue;
        }
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(input, error)) {
            if (fs::exists(entry.path() / "result.json")) dirs.push_back(entry.path().string());
        }
    }
    std::ranges::sort(dirs);
    return dirs;
}

// Judged as of today, against every fault kind that could have been tested.
reporters::ComplianceScope scope_of_today() {
    reporters::ComplianceScope scope;
    scope.today = store::utc_text(std::chrono::system_clock::now()).substr(0, 10);
    scope.quantities = reporters::quantities_of(catalog());
    for (const FaultKind* kind : catalog().faults) scope.disruptions.emplace_back(kind->name);
    return scope;
}

int judge_run_dir(const std::string& run_dir) {
    auto parsed = saved_scenario(run_dir, catalog());
    if (!parsed) return complain({parsed.error()});
    auto evidence = saved_evidence(run_dir);
    if (!evidence) return complain({evidence.error()});
    auto report = judge_run(parsed->scenario, *evidence, catalog(), run_dir);
    if (!report) return complain({report.error()});
    if (auto written = write_reports(*report, catalog(), run_dir); !written) {
        return complain({written.error()});
    }
    print_report(*report, catalog(), run_dir);
    return exit_code(report->verdict);
}

// A history has no folder for reports: what there is to say is printed.
int judge_text(const std::string& path) {
    const auto text = input_text(path);
    if (!text) return complain({text.error()});
    const std::string name = path == "-" ? "standard input" : path;
    auto history = load_history(*text, name, catalog());
    if (!history.loaded) return complain(history.errors);
    const Report report = judge_history(*history.loaded, *text, catalog());
    print_report(report, catalog(), "");
    return exit_code(report.verdict);
}

struct Shown {
    Evidence evidence;
    std::string scenario;
};

Result<Shown> shown_of_run(const std::string& run_dir) {
    auto evidence = saved_evidence(run_dir);
    if (!evidence) return evidence.error();
    auto scenario = store::read_file(run_dir + "/scenario.json");
    if (!scenario) return scenario.error();
    return Shown{std::move(*evidence), std::move(*scenario)};
}

Result<Shown> shown_of_text(const std::string& path) {
    const auto text = input_text(path);
    if (!text) return text.error();
    auto history = store::parse_history(*text);
    if (!history) return Error(history.error()).within(path);
    return Shown{std::move(history->evidence), std::move(history->scenario)};
}

}  // namespace

int command_judge(const Options& options) {
    const std::string& input = options.inputs.at(0);
    std::error_code ignored;  // what cannot be looked at is told when it is read
    return fs::is_directory(input, ignored) ? judge_run_dir(input) : judge_text(input);
}

int command_show(const Options& options) {
    const std::string& input = options.inputs.at(0);
    std::error_code ignored;
    auto shown = fs::is_directory(input, ignored) ? shown_of_run(input) : shown_of_text(input);
    if (!shown) return complain({shown.error()});
    store::TextLimits limits;
    if (!options.phase.empty()) {
        limits.left_out = std::erase_if(
            shown->evidence.operations,
            [&](const Operation& operation) { return name_of(operation.phase) != options.phase; });
    }
    if (options.limit > 0) limits.operations_max = options.limit;
    store::print_history(shown->evidence, shown->scenario, limits, [](std::string_view piece) {
        std::fwrite(piece.data(), 1, piece.size(), stdout);
    });
    return 0;
}

int command_report(const Options& options) {
    std::vector<reporters::ComplianceInput> inputs;
    for (const auto& dir : run_dirs(options.inputs)) {
        auto text = store::read_file(dir + "/result.json");
        if (!text) return complain({text.error()});
        auto result = json::parse(*text);
        if (!result) return complain({Error(result.error()).within(dir + "/result.json")});
        inputs.push_back({dir, std::move(*result)});
    }
    if (inputs.empty()) {
        return complain(
            {invalid("no run found: give run directories (they have a result.json), or folders "
                     "that hold them")});
    }
    const auto scope = scope_of_today();
    const std::string page = options.format == "html" ? reporters::compliance_html(inputs, scope)
                             : options.format == "json"
                                 ? reporters::compliance_json(inputs, scope)
                                 : reporters::compliance_markdown(inputs, scope);
    if (options.output.empty()) {
        std::fwrite(page.data(), 1, page.size(), stdout);
        return 0;
    }
    if (auto written = store::write_file(options.output, page); !written) {
        return complain({written.error()});
    }
    fmt::print("{} runs: {}\n", inputs.size(), options.output);
    return 0;
}

}  // namespace gameday::app
