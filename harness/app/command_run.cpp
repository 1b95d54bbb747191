// `run`: a scenario from file to verdict. Wiring only; harness/run does the running.
#include "harness/app/abilities.hpp"
#include "harness/app/catalog.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/device_set.hpp"
#include "harness/app/environment.hpp"
#include "harness/app/launch.hpp"
#include "harness/app/no_run.hpp"
#include "harness/app/run_log.hpp"
#include "harness/app/run_reports.hpp"
#include "harness/app/scenario_file.hpp"
#include "harness/app/stop_signals.hpp"
#include "harness/app/touches.hpp"
#include "harness/console/live_line.hpp"
#include "harness/json/json.hpp"
#include "harness/load/sharded_engine.hpp"
#include "harness/model/time_scale.hpp"
#include "harness/probes/probe_watch.hpp"
#include "harness/run/runner.hpp"
#include "harness/run/watchdog.hpp"
#include "harness/store/evidence_file.hpp"
#include "harness/store/evidence_stream.hpp"
#include "harness/store/files.hpp"
#include "harness/store/journal_file.hpp"
#include "harness/store/run_dir.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>

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
    auto journal = store::JournalFile::create({*dir, bin_dir(), std::filesystem::current_path()});
    if (!journal) return journal.error();
    auto told = write_touches(*dir, touches_of(parsed.scenario, *dir));
    if (!told) return told.error();
    if (auto added = registry.add(*dir); !added) return added.error();
    return OpenRun{*dir, std::move(*journal)};
}

// Another for each run, whatever the seed: nothing that an earlier one left may answer for this
// one.
std::uint32_t draw_run_id() {
    std::random_device source;
    return std::uniform_int_distribution<std::uint32_t>(1, run_id_max)(source);
}

std::string evidence_folder_of(const std::string& run_dir) {
    return run_dir + "/" + std::string(store::evidence_folder);
}

// Runs, and returns what was seen. Everything with threads lives and ends in here.
Result<run::Done> perform(const LoadedScenario& loaded, OpenRun& open, const Options& options,
                          const StopSignals& signals, const std::string& started_at) {
    const Scenario& scenario = loaded.parsed.scenario;
    SteadyClock clock;
    const run::Watchdog watchdog(clock);
    Evidence head;
    head.topology = scenario.topology;
    head.started_at = started_at;
    head.program_version = GAMEDAY_VERSION;
    head.run_id = draw_run_id();
    auto stream = store::EvidenceStream::create(
        {evidence_folder_of(open.dir), [&clock] { return clock.now(); }}, head);
    if (!stream) return stream.error();
    DeviceContext context;
    context.topology = &scenario.topology;
    context.run_dir = open.dir;
    context.seed = scenario.seed;
    context.prove = true;
    context.began = clock.when(Instant{});
    for (const FaultStep& fault : scenario.faults) context.faults[fault.id] = fault.name;
    DeviceSet devices(catalog(), context);
    const auto able = abilities(catalog(), scenario.topology);
    const auto engine = load::make_sharded_engine(catalog(), clock, 0, stream->get());
    const auto watch = probes::make_probe_watch(catalog(), clock, stream->get());
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
    run::Order order{scenario,   loaded.steps,    plan,       std::nullopt,
                     started_at, GAMEDAY_VERSION, head.run_id};
    if (!scenario.launch.name.empty()) order.launch = launch_plan(scenario.launch);
    const run::Environment environment{devices.devices(),
                                       *open.journal,
                                       *engine,
                                       *watch,
                                       clock,
                                       log,
                                       signals.token(),
                                       [&] { return watchdog.suspended(); },
                                       stream->get()};
    auto done = run::run(order, environment);
    if (auto trouble = (*stream)->finish(); !trouble.empty()) {
        done.evidence.notes.push_back(std::move(trouble));
    }
    return done;
}

// What is left of a run that was refused before it began.
run::Done not_begun(const Scenario& scenario, const Error& why, const std::string& started_at) {
    run::Done done;
    done.evidence.topology = scenario.topology;
    done.evidence.ending = Ending::refused;
    done.evidence.ending_reason = why.message;
    done.evidence.started_at = started_at;
    done.evidence.program_version = GAMEDAY_VERSION;
    return done;
}

// Saves the evidence before it is judged, then judges it.
int conclude(const LoadedScenario& loaded, const run::Done& done, const Options& options,
             const std::string& run_dir) {
    const auto folder = evidence_folder_of(run_dir);
    auto saved = store::write_evidence(folder, done.evidence);
    if (saved) saved = store::remove_stream(folder);
    if (!saved) return give_up(options, {saved.error()}, run_dir);
    auto report = judge_run(loaded.parsed.scenario, done.evidence, catalog(), run_dir);
    if (!report) return give_up(options, {report.error()}, run_dir);
    if (!done.unhealed.empty()) {
        report->verdict = Verdict::dirty;
        for (const auto& each : done.unhealed) {
            report->reasons.insert(report->reasons.begin(), "not healed: " + each);
        }
    }
    if (auto written = write_reports(*report, catalog(), run_dir); !written) {
        return give_up(options, {written.error()}, run_dir);
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
    if (!state) return give_up(options, {state.error()});
    store::Registry registry(*state);
    if (auto clear = no_promises_outstanding(registry); !clear)
        return give_up(options, {clear.error()});
    auto result = load_scenario(options, catalog(), Secrets::expand);
    if (!result.loaded) return give_up(options, result.errors);

    const auto started = std::chrono::system_clock::now();
    auto open = open_run(options, result.loaded->parsed, registry, started);
    if (!open) return give_up(options, {open.error()});
    if (!options.quiet) {
        fmt::print("{} (seed {})\n{}\n", result.loaded->parsed.scenario.name,
                   result.loaded->parsed.scenario.seed, open->dir);
        std::fflush(stdout);
    }
    if (const auto warning = scale_warning(result.loaded->parsed.scenario); !warning.empty()) {
        fmt::print(stderr, "gameday: warning: {}\n", warning);
    }
    const std::string started_at = store::utc_text(started);
    const auto alone = nobody_else_touches(registry, open->dir);
    const auto done = alone ? perform(*result.loaded, *open, options, signals, started_at)
                            : Result<run::Done>(not_begun(result.loaded->parsed.scenario,
                                                          alone.error(), started_at));
    if (!done) return give_up(options, {done.error()}, open->dir);
    if (done->unhealed.empty()) {
        if (auto removed = registry.remove(open->dir); !removed) {
            return give_up(options, {removed.error()}, open->dir);
        }
    }
    return conclude(*result.loaded, *done, options, open->dir);
}

}  // namespace gameday::app
