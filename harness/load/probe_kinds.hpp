// The kinds of probes, for the catalog.
#pragma once

#include "harness/ports/probe_kind.hpp"

#include <string>
#include <vector>

namespace gameday::load {

const std::vector<const ProbeKind*>& probe_kinds();

// What a probe of lag asks: the load whose templates write and read the markers. Fails as
// ProbeKind::check does.
Result<const LoadSpec*> load_of_lag_probe(const ProbeSpec& probe, const Scenario& scenario);

}  // namespace gameday::load
