// From a toxic to what a hop does. Pure.
#pragma once

#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <cstdint>

namespace gameday::devices::proxy::toxiproxy {

// `draw` is the seed of its toxicity. A negative attribute is none, as with Toxiproxy.
Rule rule_of(const Toxic& toxic, std::uint64_t draw);

}  // namespace gameday::devices::proxy::toxiproxy
