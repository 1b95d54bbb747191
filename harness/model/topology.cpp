#include "harness/model/topology.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gameday {

std::string Endpoint::text() const {
    return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                  : fmt::format("[{}]:{}", address, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    const Error wrong{ErrorCode::invalid,
                      fmt::format("\"{}\" is not an endpoint, write \"address:port\", for example "
                                  "\"127.0.1.1:7000\" or \"[::1]:7000\"",
                                  text)};
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong;
    auto address = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (address.front() == '[') {
        if (address.back() != ']') return wrong;
        address = address.substr(1, address.size() - 2);
    } else if (address.find(':') != std::string_view::npos) {
        return wrong;
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return wrong;
    return Endpoint{std::string(address), port};
}

std::optional<NodeId> Topology::find_node(std::string_view name) const {
    for (const auto& node : nodes) {
        if (node.name == name) return node.id;
    }
    return std::nullopt;
}

std::optional<RegionId> Topology::find_region(std::string_view name) const {
    for (const auto& region : regions) {
        if (region.name == name) return region.id;
    }
    return std::nullopt;
}

std::vector<NodeId> Topology::nodes_named(std::string_view name) const {
    if (const auto region_id = find_region(name)) return region(*region_id).nodes;
    if (const auto node_id = find_node(name)) return {*node_id};
    return {};
}

const Link* Topology::client_link(RegionId from, NodeId to) const {
    for (const auto& link : links) {
        if (link.from_clients && link.from_region == from && link.to_node == to) return &link;
    }
    return nullptr;
}

Endpoint Topology::client_endpoint(RegionId from, NodeId to) const {
    const Link* link = client_link(from, to);
    return link != nullptr && link->listen ? *link->listen : node(to).endpoint;
}

std::string Topology::node_name(NodeId id) const { return id.known() ? node(id).name : "?"; }

std::string Topology::region_name(RegionId id) const { return id.known() ? region(id).name : "?"; }

RegionId Topology::region_of(NodeId id) const { return id.known() ? node(id).region : RegionId(); }

}  // namespace gameday
