#include "harness/app/options.hpp"

#include "harness/model/verdict.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace gameday::app {

namespace {

constexpr const char* exit_codes = R"(Exit codes:
  0 passed   1 failed: a target missed   2 inconclusive   3 aborted   4 refused
  5 dirty: something could not be healed   64 wrong usage or scenario   70 our own bug)";

void add_scenario_options(CLI::App& command, Options& options) {
    command.add_option("scenario", options.inputs, "Scenario file (JSON; // comments allowed)")
        ->required()
        ->expected(1)
        ->type_name("FILE");
    command
        .add_option("--set", options.sets,
                    "Override one value: load.0.rate_per_s=500, system.bug=no_fencing")
        ->type_name("PATH=VALUE")
        ->allow_extra_args(false);
    command.add_option("--seed", options.seed, "Seed of every random choice")->type_name("N");
    command
        .add_option("--time-scale", options.time_scale,
                    "Multiply every declared duration by this (0.1 = ten times shorter)")
        ->check(CLI::Range(0.0001, 1000.0))
        ->type_name("FACTOR");
}

void add_run(CLI::App& app, Options& options) {
    auto* run = app.add_subcommand("run", "Run a scenario and judge what was seen");
    add_scenario_options(*run, options);
    run->add_option("--out", options.out, "Folder for run directories")
        ->capture_default_str()
        ->type_name("DIR");
    run->add_flag("-q,--quiet", options.quiet, "No progress, only the verdict");
    run->footer(
        "Examples:\n"
        "  gameday run scenarios/region_outage.json\n"
        "  gameday run scenarios/region_outage.json --set system.bug=no_fencing --seed 7\n"
        "  gameday run staging.json --out artefacts -q\n\n" +
        std::string(exit_codes));
    auto* plan = app.add_subcommand("plan", "Show what a run would do, and do nothing");
    add_scenario_options(*plan, options);
    plan->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    plan->footer("Example:\n  gameday plan scenarios/region_outage.json --time-scale 0.5");
}

void add_evidence_commands(CLI::App& app, Options& options) {
    auto* judge =
        app.add_subcommand("judge", "Judge a run's evidence again, and rewrite its reports");
    judge->add_option("run", options.inputs, "Run directory")->required()->expected(1);
    judge->footer("Example:\n  gameday judge gameday-runs/20261121T053000Z-region-outage");
    auto* show = app.add_subcommand("show", "Print a run's evidence as a readable table");
    show->add_option("run", options.inputs, "Run directory")->required()->expected(1);
    show->add_option("--phase", options.phase, "Only operations of this phase")
        ->check(CLI::IsMember({"warmup", "steady", "active", "final_read"}));
    show->add_option("--limit", options.limit, "At most so many operations (0 = all)")
        ->capture_default_str();
    show->footer("Example:\n  gameday show RUN --phase active --limit 0 | grep unknown");
    auto* report = app.add_subcommand("report", "One compliance page over many runs");
    report->add_option("runs", options.inputs, "Run directories, or folders that hold them")
        ->required();
    report->add_option("--format", options.format, "text (Markdown), markdown, html or json")
        ->check(CLI::IsMember({"text", "markdown", "html", "json"}));
    report->add_option("-o,--output", options.output, "Write to this file")->type_name("FILE");
    report->footer("Example:\n  gameday report gameday-runs --format html -o compliance.html");
}

void add_other_commands(CLI::App& app, Options& options) {
    auto* list = app.add_subcommand("list", "Every fault, driver, device, measure and reporter");
    list->add_option("what", options.topic, "Only these")
        ->check(CLI::IsMember({"faults", "drivers", "devices", "measures", "reporters", "tiers"}));
    list->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    list->footer("Example:\n  gameday list faults");
    auto* recover = app.add_subcommand("recover", "Heal what earlier runs left behind");
    recover->add_option("runs", options.inputs,
                        "Run directories (default: every run with promises outstanding)");
    recover->footer("Example:\n  gameday recover");
    auto* doctor = app.add_subcommand("doctor", "What this machine can do, found out by doing it");
    doctor->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_subcommand("version", "Print the version");
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app{
        "gameday: when a region dies, how long are we really down, what do we really lose,\n"
        "do two regions ever write at once, does it flap?\n",
        "gameday"};
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "Print this help");
    app.footer(
        "Examples:\n"
        "  gameday run scenarios/region_outage.json\n"
        "  gameday plan scenarios/region_outage.json\n"
        "  gameday COMMAND --help\n\n" +
        std::string(exit_codes));
    add_run(app, options);
    add_evidence_commands(app, options);
    add_other_commands(app, options);
    add_proxy(app, options.proxy);
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && arguments.front() == "proxy") {
        arguments = with_double_dashes(std::move(arguments));
    }
    std::ranges::reverse(arguments);  // as CLI11 wants it
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const int code = app.exit(error, out, err);
        return {std::nullopt, out.str() + err.str(), code == 0 ? 0 : exit_usage};
    }
    options.command = app.get_subcommands().front()->get_name();
    return {options, {}, 0};
}

}  // namespace gameday::app
