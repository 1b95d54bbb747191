// What a run acts through: everything it does not do itself.
#pragma once

#include "harness/ports/clock.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/evidence_sink.hpp"
#include "harness/ports/journal.hpp"
#include "harness/run/devices.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace gameday::run {

// All of it outlives the run and is called from the control thread only.
struct Environment {
    Devices& devices;
    Journal& journal;
    LoadEngine& load;
    Watch& watch;
    Clock& clock;
    Progress& progress;
    std::stop_token stop;  // asked for: sleeps end at once, everything is healed, the run returns
    // When the instrument did not run; empty: nobody watches it.
    std::function<std::vector<Interval<Instant>>()> suspended{};
    EvidenceSink* sink = nullptr;  // is told what is known of the run, as it changes; may be null
};

}  // namespace gameday::run
