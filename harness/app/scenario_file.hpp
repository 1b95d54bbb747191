// A scenario file from disk: read, its launched system described, parsed and put in order.
#pragma once

#include "harness/app/name_book.hpp"
#include "harness/app/options.hpp"
#include "harness/scenario/parse.hpp"
#include "harness/scenario/schedule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::app {

struct LoadedScenario {
    scenario::Parsed parsed;
    std::vector<scenario::Step> steps;
    NameBook names;
};

struct LoadResult {
    std::optional<LoadedScenario> loaded;  // present when there are no errors
    std::vector<Error> errors;
};

// Whether ${NAME} in free texts (commands, headers, bodies) becomes what it stands for. A plan is
// printed without, so that no secret shows; the variables are checked to be set all the same.
enum class Secrets : std::uint8_t { expand, keep };

// Reads options.inputs[0] ("-": standard input; a bare name: a scenario shipped with gameday). Runs
// the `describe` command of a launched system, and nothing else.
LoadResult load_scenario(const Options& options, const Catalog& catalog, Secrets secrets);

// The scenario a run directory was made with; launches and describes nothing.
Result<scenario::Parsed> saved_scenario(const std::string& run_dir, const Catalog& catalog);

}  // namespace gameday::app
