#include "harness/scenario/density.hpp"

#include "harness/model/evidence.hpp"
#include "harness/model/level.hpp"

#include <fmt/format.h>

#include <cmath>

namespace gameday::scenario {

std::vector<std::string> thin_streams(const Scenario& scenario) {
    const std::size_t needed = level_rule(scenario.minimum).window_min();
    const double window = seconds(scenario.steady.window);
    std::vector<std::string> lines;
    for (const auto& load : scenario.loads) {
        for (std::size_t i = 0; i < load.regions.size(); ++i) {
            for (const Verb verb : {Verb::read, Verb::write}) {
                const double share =
                    load.shares.at(i) * (verb == Verb::write ? load.writes : 1 - load.writes);
                const double due = share * load.rate_per_s * window;
                // Arrivals are regular to one operation.
                if (share <= 0 || due >= static_cast<double>(needed) + 1) continue;
                lines.push_back(
                    fmt::format("{}: {}s of {} are too thin for the level: {:.4g} are due in the "
                                "steady window, it "
                                "needs {}; write \"rate_per_s\" {:.0f} at least, or a longer "
                                "steady_state.window",
                                load.name, name_of(verb), load.regions[i], due, needed,
                                std::ceil((static_cast<double>(needed) + 1) / window / share)));
            }
        }
    }
    return lines;
}

}  // namespace gameday::scenario
