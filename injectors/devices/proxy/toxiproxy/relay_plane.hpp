// The plane that carries the bytes: a hop for each proxy, toxics as rules of its hop.
#pragma once

#include "injectors/devices/proxy/toxiproxy/plane.hpp"

#include <cstdint>
#include <memory>

namespace gameday::devices::proxy::toxiproxy {

// Draws (toxicity, jitter, pieces) are those of the seed: the same for the same names and the same
// order of connections.
std::unique_ptr<Plane> make_plane(std::uint64_t seed);

}  // namespace gameday::devices::proxy::toxiproxy
