// Routing: which upstream serves the server name that a TLS client asks for. A value; pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::proxy::tls {

struct Route {
    std::string name;      // "a.example", or "*.b.example" for all below it
    std::string upstream;  // as it was written: "host:port"
    Endpoint target;
    bool operator==(const Route&) const = default;
};

struct Routing {
    enum class Otherwise : std::uint8_t { upstream, reset, unrecognized_name };
    std::vector<Route> routes;
    Otherwise otherwise = Otherwise::upstream;  // the proxy's own; RST; a fatal alert
    bool operator==(const Routing&) const = default;
};

// The route for a name in small letters: that very name, else the longest `*.` above it; null when
// there is none, and for "".
const Route* find_route(const Routing& routing, std::string_view server_name);

// Reads {"routes": {"a.example": "host:port", …}, "otherwise": "reset"}. Fails with `invalid`, and
// what to write instead.
Result<Routing> read_routing(const Params& params);
Params params_of(const Routing& routing);

}  // namespace gameday::devices::proxy::tls
