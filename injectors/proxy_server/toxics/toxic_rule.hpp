// From a toxic to what a hop does. Pure.
#pragma once

#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <cstdint>

namespace gameday::devices::proxy::toxiproxy {

struct ToxicRule {
    Rule rule;
    ToxicExtras extras;
    bool operator==(const ToxicRule&) const = default;
};

// `draw` is the seed of its toxicity. A negative attribute is none, as with Toxiproxy.
ToxicRule rule_of(const Toxic& toxic, std::uint64_t draw);

}  // namespace gameday::devices::proxy::toxiproxy
