// Instrument: whether load and generator were good enough for what the targets ask.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/view/view.hpp"

#include <string>
#include <vector>

namespace gameday::judge {

struct Doubts {
    std::vector<std::string> refused;       // it was not steady before: nothing can be told
    std::vector<std::string> failed;        // it was not steady after
    std::vector<std::string> inconclusive;  // reasons that forbid "passed"
    std::vector<std::string> warnings;
};

// - Steady state, each stream on its own: before, in the steady window; after, in the last steady
// window
//   of the load, but not before the last heal plus the longest client timeout.
// - Streams too thin for the level: a warning, for targets that it belongs to are inconclusive
// anyway.
// - Resolution above 10 % of a target that arrivals tell: a warning. The longest outage that may
// have
//   gone unseen is told.
// - The generator's 99 % lateness above half of the smallest such target: inconclusive; above 10 %:
// a
//   warning. Operations that the instrument spoiled, and when it was suspended: warnings, for they
//   widen each figure already.
Doubts doubts_of(const view::View& view, const std::vector<TargetSpec>& targets,
                 const Catalog& catalog);

}  // namespace gameday::judge
