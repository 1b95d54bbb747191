// The plane that carries the bytes: a relay for each proxy, toxics as rules of its relay.
#pragma once

#include "injectors/proxy_server/api/data_plane.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gameday::proxy_server {

// Draws (toxicity, jitter, pieces) are those of the seed: the same for the same names and the same
// order of connections. So many threads carry the bytes; 0: as many as suit the machine. `say` is
// told why an upstream cannot be reached, on a thread of the plane's that may wait.
std::unique_ptr<DataPlane> make_plane(std::uint64_t seed, std::size_t threads = 0,
                                      std::function<void(const std::string&)> say = {});

}  // namespace gameday::proxy_server
