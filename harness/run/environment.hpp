// What a run acts through: everything it does not do itself.
#pragma once

#include "harness/ports/clock.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/journal.hpp"
#include "harness/run/devices.hpp"

#include <stop_token>

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
};

}  // namespace gameday::run
