// `gameday list`: the catalog as text or JSON.
#pragma once

#include "harness/ports/catalog.hpp"

#include <string>
#include <string_view>

namespace gameday::app {

// topic: "clients", "devices", "drivers", "faults", "measures", "policies", "probes", "reporters",
// "tiers", or "" for all.
std::string listing_text(const Catalog& catalog, std::string_view topic);
std::string listing_json(const Catalog& catalog, std::string_view topic);

}  // namespace gameday::app
