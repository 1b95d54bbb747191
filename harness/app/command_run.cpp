// `run`: a scenario from file to verdict. Wiring only; harness/run does the running.
#include "harness/app/abilities.hpp"
#include "harness/app/catalog.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/device_set.hpp"
#include "harness/app/environment.hpp"
#include "harness/app/launch.hpp"
#include "harness/app/run_log.hpp"
#include "harness/app/run_reports.hpp"
#include "harness/app/scenario_file.hpp"
#include "harness/app/stop_signals.hpp"
#include "harness/console/live_line.hpp"
#include "harness/json/json.hpp"
#include "harness/load/probe_watch.hpp"
#include "harness/load/sharded_engine.hpp"
#include "harness/run/runner.hpp"
#include "harness/store/evidence_file.hpp"
#include "harness/store/files.hpp"
#include "harness/store/journal_file.hpp"
#include "harness/store/run_dir.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

namespace gameday::app {

namespace {

// Refuses while an earlier run still owes the machine something, and prints what to do.
Result<void> no_promises_outstanding(store::Registry& registry) {
    auto outstanding = registry.outstanding_runs();
    if (!outstanding) return outstanding.error();
    if (outstanding->empty()) return {};
    std::string text = "an earlier run left promises to heal behind:";
    for (const auto& run : *outstanding) {
        text += "\n  " + run.run_dir;
        for (const auto& promise : run.open) text += fmt::format("\n    {}", promise.name);
        if (!run.problem.empty()) text += "\n    " + run.problem;
    }
    return Error{ErrorCode::refused, text + "\nrun this first: gameday recover"};
}

// A run directory with its journal, registered so that `recover` finds it.
struct OpenRun {
    std::string dir;
    std::unique_ptr<store::JournalFile> journal;
};

Result<OpenRun> open_run(const Options& options, const scenario::Parsed& parsed,
                         store::Registry& registry, std::chrono::system_clock::time_point started) {
    auto dir = store::create_run_dir(options.out, started, parsed.scenario.name);
    if (!dir) return dir.error();
    auto saved = store::write_file(*dir + "/scenario.json", json::print_pretty(parsed.tree));
    if (!saved) return saved.error();
    auto journal = store::JournalFile::create({*dir, bin_dir()});
    if (!journal) return journal.error();
    if (auto added = registry.add(*dir); !added) return added.error();
    return OpenRun{*dir, std::move(*journal)};
}

// Runs, and returns what was seen. Everything with threads lives and ends in here.
run::Done perform(const LoadedScenario& loaded, OpenRun& open, const Options& options,
                  const StopSignals& signals, const std::string& started_at) {
    const Scenario& scenario = loaded.parsed.scenario;
    SteadyClock clock;
    DeviceContext context;
    context.topology = &scenario.topology;
    context.run_dir = open.dir;
    context.seed = scenario.seed;
    context.prove = true;
    context.began = clock.when(Instant{});
    for (const FaultStep& fault : scenario.faults) context.faults[fault.id] = fault.name;
    DeviceSet devices(catalog(), context);
    const auto able = abilities(catalog(), scenario.topology);
    const auto engine = load::make_sharded_engine(catalog(), clock);
    const auto watch = load::make_probe_watch(catalog(), clock);
    const auto console = options.quiet ? nullptr : console::progress_for(stdout);
    RunLog log(open.dir, console.get());

    Scenario newest = scenario;  // but for the addresses of names
    const auto plan = [&](const FaultStep& fault, std::vector<Role> roles, bool dry_run) {
        std::vector<std::string> moved;
        if (!dry_run) {
            constexpr Duration patience = std::chrono::seconds(1);
            moved = loaded.names.refresh(newest.topology, newest.safety.spare, patience);
        }
        auto made = scenario::plan_fault(fault, newest, catalog(), std::move(roles), dry_run, able);
        if (made) made->notes.insert(made->notes.end(), moved.begin(), moved.end());
        return made;
    };
    run::Order order{scenario, loaded.steps, plan, std::nullopt, started_at, GAMEDAY_VERSION};
    if (!scenario.launch.name.empty()) order.launch = launch_plan(scenario.launch);
    const run::Environment environment{
        devices.devices(), *open.journal, *engine, *watch, clock, log, signals.token()};
    return run::run(order, environment);
}

// Saves the evidence before it is judged, then judges it.
int conclude(const LoadedScenario& loaded, const run::Done& done, const std::string& run_dir) {
    const auto folder = run_dir + "/" + std::string(store::evidence_folder);
    if (auto saved = store::write_evidence(folder, done.evidence); !saved) {
        return complain({saved.error()});
    }
    auto report = judge_run(loaded.parsed.scenario, done.evidence, catalog(), run_dir);
    if (!report) return complain({report.error()});
    if (!done.unhealed.empty()) {
        report->verdict = Verdict::dirty;
        for (const auto& each : done.unhealed) {
            report->reasons.insert(report->reasons.begin(), "not healed: " + each);
        }
    }
    if (auto written = write_reports(*report, catalog(), run_dir); !written) {
        return complain({written.error()});
    }
    print_report(*report, catalog(), run_dir);
    if (report->verdict == Verdict::dirty) {
        fmt::print(stderr, "gameday: something is not healed; run this: gameday recover\n");
    }
    return exit_code(report->verdict);
}

}  // namespace

int command_run(const Options& options) {
    const StopSignals signals([](std::string_view text) { fmt::print(stderr, "\n{}\n", text); });
    auto state = store::state_dir(environment);
    if (!state) return complain({state.error()});
    store::Registry registry(*state);
    if (auto clear = no_promises_outstanding(registry); !clear) return complain({clear.error()});
    auto result = load_scenario(options, catalog(), Secrets::expand);
    if (!result.loaded) return complain(result.errors);

    const auto started = std::chrono::system_clock::now();
    auto open = open_run(options, result.loaded->parsed, registry, started);
    if (!open) return complain({open.error()});
    if (!options.quiet) {
        fmt::print("{} (seed {})\n{}\n", result.loaded->parsed.scenario.name,
                   result.loaded->parsed.scenario.seed, open->dir);
        std::fflush(stdout);
    }
    const run::Done done =
        perform(*result.loaded, *open, options, signals, store::utc_text(started));
    if (done.unhealed.empty()) {
        if (auto removed = registry.remove(open->dir); !removed) return complain({removed.error()});
    }
    return conclude(*result.loaded, done, open->dir);
}

}  // namespace gameday::app
