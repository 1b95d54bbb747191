#include "harness/scenario/parse.hpp"

#include "harness/base/ensure.hpp"
#include "harness/json/json.hpp"
#include "harness/scenario/draft.hpp"
#include "harness/scenario/names.hpp"
#include "harness/scenario/pointer.hpp"
#include "harness/scenario/schedule.hpp"
#include "harness/scenario/schema_check.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

namespace gameday::scenario {

namespace {

// --set, --seed and --time-scale, put into the tree as if the file said so.
void apply_options(Value& tree, const ParseOptions& options, Log& log) {
    bool system_changed = false;
    for (const auto& setting : options.sets) {
        const auto done = apply_set(tree, setting);
        if (!done) log.errors.push_back(done.error());
        system_changed = system_changed || setting.starts_with("system");
    }
    auto* object = tree.as<Params>();
    if (object == nullptr) return;
    // What a launched system said of itself holds only for the parameters it was asked with.
    if (system_changed) object->erase("$described");
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (options.seed && *options.seed > largest) {
        log.errors.push_back(
            {ErrorCode::invalid,
             fmt::format("--seed {}: is too large, write at most {}", *options.seed, largest)});
    } else if (options.seed) {
        (*object)["seed"] = Value(static_cast<std::int64_t>(*options.seed));
    }
    double saved = 1;
    if (const Value* scale = tree.find("$time_scale")) {
        double storage = 1;
        const double* number = scale->number(storage);
        if (number != nullptr) saved = *number;
        if (number == nullptr || saved <= 0) {
            log.fail("/$time_scale", "is no scale, write a number above 0, or leave it out");
            saved = 1;
        }
    }
    if (!(options.time_scale > 0) || !std::isfinite(options.time_scale)) {
        log.errors.push_back({ErrorCode::invalid,
                              fmt::format("--time-scale {}: is no scale, write a number above 0, "
                                          "for example 0.1",
                                          options.time_scale)});
        return;
    }
    log.time_scale = saved * options.time_scale;
    if (log.time_scale != 1) (*object)["$time_scale"] = Value(log.time_scale);
}

void read_head(Reader& root, Scenario& scenario) {
    const Reader name = root.member("name");
    if (!name.present()) {
        name.fail("is missing, write a name for the scenario, for example \"region-outage\"");
    }
    scenario.name = read_name(name).value_or("");
    scenario.title = root.member("title").text().value_or("");
    scenario.hypothesis = root.member("hypothesis").text().value_or("");
    scenario.owner = root.member("owner").text().value_or("");
    scenario.service = root.member("service").text().value_or("");
    for (const Reader& tag : root.member("tags").list()) {
        if (auto text = tag.text()) scenario.tags.push_back(std::move(*text));
    }
    scenario.kind = static_cast<ScenarioKind>(root.choice_or("kind", kind_names, 0));
    scenario.seed = static_cast<std::uint64_t>(root.count_or("seed", 1));
}

// The tree to save: texts of typed places expanded, the described system put in.
Value saved_tree(Value tree, const Draft& draft, const Log& log) {
    for (const auto& [pointer, text] : log.resolved) put_at_pointer(tree, pointer, Value(text));
    if (draft.described) (*tree.as<Params>())["$described"] = *draft.described;
    return tree;
}

void read_tree(Reader& root, const ParseOptions& options, Draft& draft) {
    read_head(root, draft.scenario);
    read_system(root, options, draft);
    read_loads(root, draft);
    read_probes(root, draft);
    read_limits(root, draft);
    read_faults(root, draft);
    read_targets(root, draft);
    root.refuse_unknown();
}

// What only shows when all parts stand: the schema, and the order of the steps.
void check_whole(const Value& tree, const Draft& draft, Log& log) {
    for (const auto& error : check_schema(tree)) {
        log.errors.push_back(Error(error).within(log.file));
    }
    if (!log.errors.empty()) return;
    const auto steps = schedule(draft.scenario, *draft.catalog);
    if (!steps) log.errors.push_back(Error(steps.error()).within(log.file));
}

}  // namespace

ParseResult parse(std::string_view text, const ParseOptions& options) {
    GAMEDAY_ENSURE(options.catalog != nullptr);
    ParseResult result;
    auto tree = json::parse(text);
    if (!tree) {
        result.errors.push_back(std::move(tree.error()).within(options.name));
        return result;
    }
    Log log;
    log.file = options.name;
    log.expand_environment = options.expand_environment;
    log.environment = options.environment;
    if (tree->as<Params>() == nullptr) {
        log.fail("/", fmt::format("is {}, write an object in braces", tree->kind()));
        result.errors = std::move(log.errors);
        return result;
    }
    apply_options(*tree, options, log);
    Draft draft;
    draft.catalog = options.catalog;
    draft.scenario.time_scale = log.time_scale;
    Reader root(&*tree, nullptr, "", log);
    read_tree(root, options, draft);
    Value saved = saved_tree(*tree, draft, log);
    if (log.errors.empty()) check_whole(saved, draft, log);
    if (!log.errors.empty()) {
        result.errors = std::move(log.errors);
        return result;
    }
    draft.scenario.defaults_taken = std::move(log.defaults);
    draft.scenario.unscaled = std::move(log.unscaled);
    result.parsed = Parsed{std::move(draft.scenario), std::move(saved), std::move(log.keys)};
    return result;
}

}  // namespace gameday::scenario
