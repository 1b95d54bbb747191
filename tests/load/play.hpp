// A load against fault servers that change their mood meanwhile, and what came of it.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/load/sharded_engine.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/engine.hpp"
#include "tests/support/fault_scenario.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gameday::test {

struct Played {
    std::vector<Operation> operations;
    std::vector<ClientInfo> clients;
    std::vector<HealthSample> health;
    std::vector<CauseCount> causes;
    std::vector<std::string> notes;
    LoadStatus status;
    Duration lasted{};                     // from the first operation due to the end, at most
    std::vector<Interval<Instant>> acted;  // when each act was done
};

inline constexpr std::uint32_t run_id = 7;  // of all that is played

// Something done so long after the begin of the load.
struct Act {
    Duration at;
    std::function<void()> act;
};

// Runs the load for `length`, with these acts meanwhile. With `patience`, what was written is read
// back at the end.
Played play(const Scenario& scenario, Duration length, const std::vector<Act>& acts = {},
            Duration patience = Duration(-1), std::uint32_t shards = 2,
            const Catalog& catalog = http_catalog());

// By verb, outcome and cause.
std::map<std::string, std::size_t> count_by_end(const std::vector<Operation>& operations);

// Scheduled instants are the pacer's: n / rate since the first, each exactly once.
void require_schedule(const std::vector<Operation>& operations, double rate_per_s);

}  // namespace gameday::test
