// Routing: which upstream serves the server name that a TLS client asks for. A value; pure.
#pragma once

#include "harness/model/topology.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {
class ParamReader;
}

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

// Reads {"a.example": "host:port", …} in place of the routes so far; mistakes are told to the
// reader as those of its field "routes".
void read_routes(const Params& routes, ParamReader& reader, Routing& routing);

inline constexpr std::string_view otherwise_choices = "upstream|reset|unrecognized_name";
std::optional<Routing::Otherwise> otherwise_named(std::string_view name);

// The fields "routes" and "otherwise"; what is at its default is left out.
Params params_of(const Routing& routing);

}  // namespace gameday::devices::proxy::tls
