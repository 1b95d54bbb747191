#include "harness/app/run_reports.hpp"

#include "harness/app/environment.hpp"
#include "harness/judge/judge.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/store/evidence_file.hpp"
#include "harness/store/files.hpp"
#include "harness/store/journal_file.hpp"
#include "harness/store/sha256.hpp"
#include "reporters/text/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace gameday::app {

Result<Report> judge_run(const Scenario& scenario, const Evidence& evidence, const Catalog& catalog,
                         const std::string& run_dir) {
    Report report = judge::judge(scenario, evidence, catalog);
    report.run_id = std::filesystem::path(run_dir).filename().string();
    auto scenario_text = store::read_file(run_dir + "/scenario.json");
    if (!scenario_text) return scenario_text.error();
    report.scenario_sha256 = store::sha256_of_text(*scenario_text);
    auto sum = store::evidence_sha256(run_dir + "/" + std::string(store::evidence_folder));
    if (!sum) return sum.error();
    report.evidence_sha256 = *sum;
    // The journal knows what is still owed, the taking down of a launched system included.
    auto journal = store::read_file(run_dir + "/" + std::string(store::journal_name));
    if (!journal) return journal.error();
    for (const auto& promise : store::parse_journal(*journal).open) {
        report.verdict = Verdict::dirty;
        report.reasons.insert(report.reasons.begin(), "not healed yet: " + promise.name);
    }
    return report;
}

Report judge_history(const LoadedHistory& history, const std::string& text,
                     const Catalog& catalog) {
    Report report = judge::judge(history.scenario, history.evidence, catalog);
    report.run_id = history.scenario.name;
    report.scenario_sha256 = store::sha256_of_text(history.scenario_text);
    report.evidence_sha256 = store::sha256_of_text(text);
    return report;
}

Result<void> write_reports(const Report& report, const Catalog& catalog,
                           const std::string& run_dir) {
    const auto& wanted = report.scenario.formats;
    for (const ReporterKind* kind : catalog.reporters) {
        const bool needed =
            wanted.empty() || kind->always || std::ranges::find(wanted, kind->name) != wanted.end();
        if (!needed) continue;
        const std::string file = run_dir + "/" + std::string(kind->file);
        if (auto written = store::write_file(file, kind->render(report)); !written) {
            return written.error();
        }
    }
    return {};
}

void print_report(const Report& report, const Catalog& catalog, const std::string& run_dir) {
    std::string printed = reporters::summary(report);
    if (isatty(STDOUT_FILENO) == 1 && !environment("NO_COLOR")) {
        printed = reporters::colour(std::move(printed), report.verdict);
    }
    fmt::print("{}\n", printed);
    for (const ReporterKind* kind : catalog.reporters) {
        const std::string file = run_dir + "/" + std::string(kind->file);
        if (kind->printed_as.empty() || run_dir.empty()) continue;
        if (std::filesystem::exists(file)) fmt::print("{:<14} {}\n", kind->printed_as, file);
    }
    std::fflush(stdout);
}

}  // namespace gameday::app
