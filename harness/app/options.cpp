#include "harness/app/options.hpp"

#include "harness/app/command_tree.hpp"
#include "harness/app/completion.hpp"
#include "harness/app/man_page.hpp"
#include "harness/model/verdict.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

namespace gameday::app {

namespace {

constexpr const char* exit_codes = R"(Exit codes:
  0 passed   1 failed: a target missed   2 inconclusive   3 aborted   4 refused
  5 dirty: something could not be healed   64 wrong usage or scenario   70 our own bug)";

void add_scenario_options(CLI::App& command, Options& options) {
    command
        .add_option("scenario", options.inputs,
                    "Scenario file (JSON; // comments allowed), or the name of one that came with "
                    "gameday, such as region_outage; \"-\" is standard input")
        ->required()
        ->expected(1)
        ->type_name("FILE");
    command
        .add_option("--set", options.sets,
                    "Override one value: load.0.rate_per_s=500, system.bug=no_fencing; repeatable")
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
    auto* judge = app.add_subcommand(
        "judge",
        "Judge evidence: of a run again (its reports are rewritten), of a run that was killed, or "
        "of a history written by hand");
    judge
        ->add_option("evidence", options.inputs,
                     "Run directory, or evidence as text (see show); \"-\" is standard input")
        ->required()
        ->expected(1)
        ->type_name("FILE");
    judge->footer(
        "Examples:\n"
        "  gameday judge gameday-runs/20261121T053000Z-region-outage\n"
        "  gameday show RUN > history.txt && gameday judge history.txt");
    auto* show = app.add_subcommand(
        "show", "Print evidence as text: tables to read, to edit, and to judge again");
    show->add_option("evidence", options.inputs,
                     "Run directory, or evidence as text; \"-\" is standard input")
        ->required()
        ->expected(1)
        ->type_name("FILE");
    show->add_option("--phase", options.phase, "Only operations of this phase")
        ->check(CLI::IsMember({"warmup", "steady", "active", "final_read", "survivor_read"}));
    show->add_option("--limit", options.limit,
                     "At most so many operations (0 = all); a text that lacks some is not judged")
        ->capture_default_str();
    show->footer(
        "Examples:\n"
        "  gameday show RUN --phase active | grep unknown\n"
        "  gameday show RUN --limit 20");
    auto* report = app.add_subcommand("report", "One compliance page over many runs");
    report->add_option("runs", options.inputs, "Run directories, or folders that hold them")
        ->required()
        ->type_name("DIR");
    report->add_option("--format", options.format, "text (Markdown), markdown, html or json")
        ->check(CLI::IsMember({"text", "markdown", "html", "json"}));
    report->add_option("-o,--output", options.output, "Write to this file")->type_name("FILE");
    report->footer("Example:\n  gameday report gameday-runs --format html -o compliance.html");
}

void add_other_commands(CLI::App& app, Options& options) {
    auto* list = app.add_subcommand(
        "list", "Every fault, driver, probe, route policy, measure and other kind");
    list->add_option("what", options.topic, "Only these")
        ->check(CLI::IsMember({"faults", "drivers", "devices", "policies", "clients", "measures",
                               "probes", "reporters", "tiers"}));
    list->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    list->footer("Example:\n  gameday list faults");
    auto* recover = app.add_subcommand("recover", "Heal what earlier runs left behind");
    recover
        ->add_option("runs", options.inputs,
                     "Run directories (default: every run with promises outstanding)")
        ->type_name("DIR");
    auto* forget = recover->add_option("--forget", options.forget,
                                       "Heal nothing, but give this run up: what it left is put "
                                       "right by other means, or never was");
    forget->type_name("DIR");
    auto* reason = recover->add_option("--reason", options.reason,
                                       "Why it may be forgotten; recorded with its promises");
    reason->type_name("TEXT")->needs(forget);
    forget->needs(reason);
    recover->footer(
        "Examples:\n"
        "  gameday recover\n"
        "  gameday recover --forget RUN --reason \"the host was reinstalled\"");
    auto* doctor = app.add_subcommand("doctor", "What this machine can do, found out by doing it");
    doctor->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_subcommand("version", "Print the version");
    auto* help = app.add_subcommand("help", "Print the help of a command");
    help->add_option("command", options.inputs, "The command: run, proxy toxic add")
        ->type_name("COMMAND");
    auto* man = help->add_flag("--man", options.man, "Print the man page of all commands");
    help->add_option("--completion", options.topic,
                     "Print the script that completes words on the command line of this shell")
        ->check(CLI::IsMember({"bash", "zsh"}))
        ->excludes(man);
    help->footer(
        "Examples:\n"
        "  gameday help proxy toxic add\n"
        "  gameday help --man | man -l -\n"
        "  source <(gameday help --completion bash)");
}

void add_commands(CLI::App& app, Options& options) {
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("-V,--version", "gameday " GAMEDAY_VERSION, "Print the version");
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
}

constexpr const char* purpose =
    "gameday: when a region dies, how long are we really down, what do we really lose,\n"
    "do two regions ever write at once, does it flap?\n";

// The type of CLI11 is "HOST:PORT", "TEXT:{text,json}" or "FACTOR:FLOAT in [0.1 - 10]".
void take_type(OptionShape& shape, const std::string& type) {
    const auto brace = type.find('{');
    const auto range = type.find(" in [");
    if (brace != std::string::npos) {
        std::istringstream inside(type.substr(brace + 1, type.rfind('}') - brace - 1));
        for (std::string each; std::getline(inside, each, ',');) shape.choices.push_back(each);
        return;
    }
    // HOST:PORT has a colon of its own; what precedes a range has none.
    shape.value = range == std::string::npos ? type : type.substr(0, type.find(':'));
    if (shape.value == "INT" || shape.value == "UINT" || shape.value == "FLOAT") shape.value = "N";
}

CommandTree tree_of(const CLI::App& app) {
    CommandTree tree{
        app.get_name(), app.get_aliases(), app.get_description(), app.get_footer(), {}, {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        OptionShape shape;
        for (const auto& name : option->get_snames()) shape.names.push_back("-" + name);
        for (const auto& name : option->get_lnames()) shape.names.push_back("--" + name);
        const bool is_flag = option->get_items_expected_max() == 0;
        if (!is_flag) take_type(shape, option->get_type_name());
        shape.meaning = option->get_description();
        if (!is_flag) shape.preset = option->get_default_str();
        shape.is_required = option->get_required();
        shape.is_repeatable = option->get_items_expected_max() > 1;
        (shape.names.empty() ? tree.arguments : tree.options).push_back(std::move(shape));
    }
    for (const auto* each : app.get_subcommands([](const CLI::App*) { return true; })) {
        tree.commands.push_back(tree_of(*each));
    }
    return tree;
}

// What to say of the first word that the parser could make nothing of; "" if that is for it to say.
std::string on_unknown_word(const CLI::App& app) {
    std::vector<std::string> path;
    for (const auto* at = &app;; at = at->get_subcommands().front()) {
        if (at != &app) path.push_back(at->get_name());
        if (const auto left = at->remaining(); !left.empty()) {
            return unknown_word(command_tree(), path, left.front());
        }
        if (at->get_subcommands().empty()) return {};
    }
}

// `help`: that of the command named, the man page, or completion.
ParsedOptions help_asked(const Options& options) {
    const auto tree = command_tree();
    if (options.man) return {std::nullopt, man_page(tree, GAMEDAY_VERSION), 0};
    if (options.topic == "bash") return {std::nullopt, bash_completion(tree), 0};
    if (options.topic == "zsh") return {std::nullopt, zsh_completion(tree), 0};
    const CommandTree* at = &tree;
    std::vector<std::string> path;
    std::vector<const char*> words{"gameday"};
    for (const auto& word : options.inputs) {
        at = at->find(word);
        if (at == nullptr) return {std::nullopt, unknown_word(tree, path, word), exit_usage};
        path.push_back(at->name);
        words.push_back(at->name.c_str());
    }
    words.push_back("--help");
    return parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

CommandTree command_tree() {
    Options options;
    CLI::App app{purpose, "gameday"};
    add_commands(app, options);
    return tree_of(app);
}

std::optional<std::string> out_asked(int argc, const char* const* argv) {
    constexpr std::string_view name = "--out";
    if (argc < 2 || std::string_view(argv[1]) != "run") return std::nullopt;
    std::optional<std::string> asked;
    for (int i = 2; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == name && i + 1 < argc) asked = argv[++i];
        if (word.starts_with("--out=")) asked = word.substr(name.size() + 1);
    }
    return asked;
}

ParsedOptions parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app{purpose, "gameday"};
    add_commands(app, options);
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
        if (code == 0) return {std::nullopt, out.str(), 0};
        const auto unknown = on_unknown_word(app);
        return {std::nullopt, unknown.empty() ? err.str() : unknown, exit_usage};
    }
    options.command = app.get_subcommands().front()->get_name();
    options.out_given = out_asked(argc, argv).has_value();
    if (options.command == "help") return help_asked(options);
    return {options, {}, 0};
}

}  // namespace gameday::app
