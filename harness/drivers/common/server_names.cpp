#include "harness/drivers/common/server_names.hpp"

#include "harness/model/evidence.hpp"

#include <fmt/format.h>

namespace gameday::drivers {
namespace {

NodeId node_meant(const Topology& topology, std::string_view name) {
    const auto nodes = topology.nodes_named(name);
    return nodes.empty() ? NodeId() : nodes.front();
}

}  // namespace

ServerNames::ServerNames(ParamReader& reader, const Topology& topology) {
    for (const auto& region : topology.regions) {
        if (!region.nodes.empty()) nodes_.insert_or_assign(region.name, region.nodes[0]);
    }
    for (const auto& node : topology.nodes) nodes_.insert_or_assign(node.name, node.id);
    const Params* names = reader.object(server_names_param.name);
    if (names == nullptr) return;
    for (const auto& [text, value] : *names) {
        const auto* name = value.as<std::string>();
        const NodeId node = name == nullptr ? NodeId() : node_meant(topology, *name);
        if (!node.known()) {
            reader.fail(server_names_param.name,
                        fmt::format("\"{}\" is not given the name of a node or region", text));
        }
        nodes_.insert_or_assign(text, node);
    }
}

void ServerNames::add_addresses(const Topology& topology) {
    for (const auto& node : topology.nodes) nodes_.emplace(node.endpoint.text(), node.id);
}

NodeId ServerNames::find(std::string_view text) const {
    const auto name = trimmed(text);
    if (name.empty()) return {};
    const auto known = nodes_.find(name);
    return known == nodes_.end() ? unrecognised_node : known->second;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace gameday::drivers
