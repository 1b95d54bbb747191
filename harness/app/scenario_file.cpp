#include "harness/app/scenario_file.hpp"

#include "harness/app/environment.hpp"
#include "harness/app/history_file.hpp"
#include "harness/app/launch.hpp"
#include "harness/app/resolve.hpp"
#include "harness/store/files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace gameday::app {

namespace fs = std::filesystem;

LoadResult load_scenario(const Options& options, const Catalog& catalog, Secrets secrets) {
    const auto path = scenario_path(options.inputs.at(0));
    if (!path) return {std::nullopt, {path.error()}};
    const std::string& file = *path;
    const auto text = input_text(file);
    if (!text) return {std::nullopt, {text.error()}};
    scenario::ParseOptions parsing;
    parsing.name = file == "-" ? "standard input" : file;
    parsing.sets = options.sets;
    parsing.seed = options.seed;
    parsing.time_scale = options.time_scale;
    parsing.environment = environment;
    parsing.catalog = &catalog;
    parsing.describe = [&](const std::string& name, const Params& system) {
        // A pipe stands beside nothing.
        std::error_code ignored;
        const bool is_file = fs::is_regular_file(file, ignored);
        const auto beside = is_file ? fs::absolute(file).parent_path() : fs::current_path();
        return describe_launch(name, system, beside.string());
    };
    auto result = scenario::parse(*text, parsing);
    if (!result.parsed) return {std::nullopt, std::move(result.errors)};
    if (secrets == Secrets::keep) {
        parsing.expand_environment = false;
        result = scenario::parse(*text, parsing);
        if (!result.parsed) return {std::nullopt, std::move(result.errors)};
    }
    auto& scenario = result.parsed->scenario;
    NameBook names(scenario.topology, scenario.safety.spare);
    if (auto resolved = resolve_names(scenario.topology, scenario.safety.spare); !resolved) {
        return {std::nullopt, {Error(resolved.error()).within(parsing.name)}};
    }
    auto steps = scenario::schedule(scenario, catalog);
    if (!steps) return {std::nullopt, {Error(steps.error()).within(parsing.name)}};
    return {LoadedScenario{std::move(*result.parsed), std::move(*steps), std::move(names)}, {}};
}

Result<scenario::Parsed> saved_scenario(const std::string& run_dir, const Catalog& catalog) {
    const std::string file = run_dir + "/scenario.json";
    auto text = store::read_file(file);
    if (!text) return text.error();
    scenario::ParseOptions parsing;
    parsing.name = file;
    parsing.expand_environment = false;
    parsing.environment = environment;
    parsing.catalog = &catalog;
    auto result = scenario::parse(*text, parsing);
    if (!result.parsed) return result.errors.at(0);
    return std::move(*result.parsed);
}

}  // namespace gameday::app
