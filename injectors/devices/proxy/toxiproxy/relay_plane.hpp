// Makes the plane that carries the bytes of `gameday proxy` through hops.
#pragma once

#include "injectors/devices/proxy/toxiproxy/plane.hpp"

#include <cstdint>
#include <memory>

namespace gameday::devices::proxy::toxiproxy {

// The seed rules every draw (jitter, toxicity). The destructor closes all proxies.
std::unique_ptr<Plane> make_plane(std::uint64_t seed);

}  // namespace gameday::devices::proxy::toxiproxy
