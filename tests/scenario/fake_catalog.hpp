// A small catalog of planners, a driver, measures and a device for the tests of this folder, so
// that they depend on no kind of the program.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/scenario/parse.hpp"

#include <string>

namespace gameday::fakes {

// Faults region_outage, partition, latency, process_kill, command and flap; driver http; metrics
// rto, rto_write, rpo, lost_acked, split_brain_writes, flaps, availability, goodput; reporters
// text, html; device proxy.
const Catalog& catalog();

// Knows the launch "regions": one node for each name in `system.regions`, all linked.
Result<Value> describe(const std::string& launch_name, const Params& system);

// Options with the two above, and an environment of HOST=127.0.3.1, HOLD=2s, TOKEN=s3cret,
// REGION=eu.
scenario::ParseOptions options(std::string name = "file.json");

}  // namespace gameday::fakes
