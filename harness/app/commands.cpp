// The commands that need little: plan, list, doctor; and how errors are told.
#include "harness/app/commands.hpp"

#include "harness/app/abilities.hpp"
#include "harness/app/catalog.hpp"
#include "harness/app/doctor.hpp"
#include "harness/app/environment.hpp"
#include "harness/app/listing.hpp"
#include "harness/app/scenario_file.hpp"
#include "harness/json/json.hpp"
#include "harness/model/verdict.hpp"
#include "harness/scenario/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace gameday::app {

int complain(const std::vector<Error>& errors) {
    int code = exit_usage;
    for (const auto& error : errors) {
        fmt::print(stderr, "gameday: {}\n", error.message);
        if (error.code != ErrorCode::invalid) code = exit_code(Verdict::refused);
    }
    return code;
}

int command_plan(const Options& options) {
    auto result = load_scenario(options, catalog(), Secrets::keep);
    if (!result.loaded) return complain(result.errors);
    const auto& scenario = result.loaded->parsed.scenario;
    const auto& steps = result.loaded->steps;
    const auto able = abilities(catalog(), scenario.topology);
    const std::string text =
        options.format == "json"
            ? json::print_pretty(scenario::plan_value(scenario, steps, catalog(), able))
            : scenario::plan_text(scenario, steps, catalog(), able);
    std::fputs(text.c_str(), stdout);
    return 0;
}

int command_list(const Options& options) {
    const std::string text = options.format == "json" ? listing_json(catalog(), options.topic)
                                                      : listing_text(catalog(), options.topic);
    std::fputs(text.c_str(), stdout);
    return 0;
}

int command_doctor(const Options& options) {
    const auto checkups = examine(bin_dir());
    const std::string text =
        options.format == "json" ? checkups_json(checkups) : checkups_text(checkups);
    std::fputs(text.c_str(), stdout);
    // Programs for examples are extras; whatever else is missing keeps gameday from working.
    const bool able = std::ranges::none_of(checkups, [](const Checkup& each) {
        return each.state == Checkup::State::missing && !each.is_extra;
    });
    return able ? 0 : exit_code(Verdict::refused);
}

int command_version(const Options&) {
    fmt::print("gameday {}\n", GAMEDAY_VERSION);
    return 0;
}

}  // namespace gameday::app
