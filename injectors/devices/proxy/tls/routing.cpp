#include "injectors/devices/proxy/tls/routing.hpp"

#include "harness/model/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

constexpr std::array<std::string_view, 3> otherwise_names{"upstream", "reset", "unrecognized_name"};

bool is_name(std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    return !name.empty() && std::ranges::all_of(name, [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '-' || letter == '.' || letter == '_';
    });
}

}  // namespace

const Route* find_route(const Routing& routing, std::string_view server_name) {
    const Route* best = nullptr;
    for (const auto& route : routing.routes) {
        const std::string_view name = route.name;
        if (name == server_name) return &route;
        if (!name.starts_with('*') || server_name.size() < name.size()) continue;
        const bool below = server_name.ends_with(name.substr(1));
        if (below && (best == nullptr || name.size() > best->name.size())) best = &route;
    }
    return best;
}

void read_routes(const Params& routes, ParamReader& reader, Routing& routing) {
    if (routes.empty()) {
        reader.fail("routes", R"(has none, write for example {"a.example": "localhost:8443"})");
    }
    routing.routes.clear();
    for (const auto& [name, value] : routes) {
        const auto* upstream = value.as<std::string>();
        Route route{name, upstream == nullptr ? "" : *upstream, {}};
        if (auto target = parse_endpoint(route.upstream)) route.target = std::move(*target);
        if (!is_name(name)) {
            reader.fail("routes", fmt::format("\"{}\" is no name of a server, write it in small "
                                              "letters, * only in front: \"*.b.example\"",
                                              name));
        } else if (route.target.address.empty()) {
            reader.fail("routes", fmt::format("{} leads nowhere, write \"host:port\"", name));
        }
        routing.routes.push_back(std::move(route));
    }
}

std::optional<Routing::Otherwise> otherwise_named(std::string_view name) {
    const auto* const place = std::ranges::find(otherwise_names, name);
    if (place == otherwise_names.end()) return std::nullopt;
    return static_cast<Routing::Otherwise>(place - otherwise_names.begin());
}

Params params_of(const Routing& routing) {
    Params routes;
    for (const auto& route : routing.routes) routes[route.name] = Value(route.upstream);
    Params params;
    if (!routes.empty()) params["routes"] = Value(std::move(routes));
    if (routing.otherwise != Routing::Otherwise::upstream) {
        params["otherwise"] =
            Value(std::string(otherwise_names.at(static_cast<std::size_t>(routing.otherwise))));
    }
    return params;
}

}  // namespace gameday::devices::proxy::tls
