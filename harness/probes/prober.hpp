// Prober: one probe of the scenario at work.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/clock.hpp"
#include "harness/probes/probe_state.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>

namespace gameday::probes {

// What a prober works with; everything outlives it.
struct ProbeSetting {
    boost::asio::io_context& io;
    const SteadyClock& clock;
    const Scenario& scenario;
    const Catalog& catalog;
    std::uint32_t run_id;  // in the number of every key and value that a prober writes
    ProbeState& state;
};

// When to ask again: an interval after the last time, or after now if that has passed as well.
inline Instant next_time(Instant last, Instant now, Duration interval) {
    return now - last >= interval ? now + interval : last + interval;
}

// On the probe thread.
class Prober {
 public:
    virtual ~Prober() = default;
    // Asks what is due and gives up what is overdue. Returns when it wants to be called again.
    virtual Instant turn(Instant now) = 0;
    // Reports nothing any more, and leaves no work on the context.
    virtual void stop() = 0;
};

}  // namespace gameday::probes
