// The reports of a run: judged from scenario and evidence, rendered by the catalog's reporters,
// written into the run directory.
#pragma once

#include "harness/app/history_file.hpp"
#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/report.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"

#include <string>

namespace gameday::app {

// Judges evidence that lies in the run directory (its files are what the SHA-256 is of).
Result<Report> judge_run(const Scenario& scenario, const Evidence& evidence, const Catalog& catalog,
                         const std::string& run_dir);

// Judges evidence that came as this text.
Report judge_history(const LoadedHistory& history, const std::string& text, const Catalog& catalog);

// Writes every format that the scenario asks for (all, if it names none).
Result<void> write_reports(const Report& report, const Catalog& catalog,
                           const std::string& run_dir);

// What ends a run on the terminal: the text report, in colour where that can be seen, and where the
// others are; run_dir "": there are no others.
void print_report(const Report& report, const Catalog& catalog, const std::string& run_dir);

}  // namespace gameday::app
