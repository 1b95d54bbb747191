#include "injectors/proxy_server/api/protocol.hpp"

#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <string_view>

namespace gameday::devices::proxy::toxiproxy {
namespace {

bool goes_with(const ToxicType& type, Protocol protocol) {
    return protocol == Protocol::udp ? type.datagrams != nullptr : type.connections != nullptr;
}

std::string_view name_of(Protocol protocol) { return protocol == Protocol::udp ? "udp" : "tcp"; }

}  // namespace

Result<void> check_type(const Toxic& toxic, Protocol protocol) {
    if (goes_with(type_of(toxic), protocol)) return {};
    std::string types;
    for (const ToxicType* type : toxic_types()) {
        if (!goes_with(*type, protocol)) continue;
        types += fmt::format("{}{}", types.empty() ? "" : ", ", type->name);
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
