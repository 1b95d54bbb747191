#include "injectors/proxy_server/api/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace gameday::devices::proxy::toxiproxy {
namespace {

// Only streams, only datagrams, or both.
constexpr std::array both{std::string_view("latency"), std::string_view("bandwidth"),
                          std::string_view("packet_loss"), std::string_view("noop")};
constexpr std::array datagrams{std::string_view("duplicate"), std::string_view("reorder")};

bool goes_with(std::string_view type, Protocol protocol) {
    if (std::ranges::find(both, type) != both.end()) return true;
    const bool is_of_datagrams = std::ranges::find(datagrams, type) != datagrams.end();
    return is_of_datagrams == (protocol == Protocol::udp);
}

std::string_view name_of(Protocol protocol) { return protocol == Protocol::udp ? "udp" : "tcp"; }

}  // namespace

Result<void> check_type(const Toxic& toxic, Protocol protocol) {
    if (goes_with(toxic.type, protocol)) return {};
    std::string types;
    for (const ToxicType& type : toxic_types()) {
        if (!goes_with(type.name, protocol)) continue;
        types += fmt::format("{}{}", types.empty() ? "" : ", ", type.name);
    }
    return Error{ErrorCode::invalid, fmt::format("a {} proxy has no {} toxic; it has {}",
                                                 name_of(protocol), toxic.type, types)};
}

Result<void> filters_for(Protocol protocol, Result<void> filters) {
    if (protocol == Protocol::udp) return {};
    return filters;
}

Result<void> check_protocol(const Proxy& proxy) {
    for (const Toxic& toxic : proxy.toxics) {
        if (auto fits = check_type(toxic, proxy.extras.protocol); !fits) return fits;
    }
    return {};
}

}  // namespace gameday::devices::proxy::toxiproxy
