// ServerNames: whom an answer means that says who served it. Pure.
#pragma once

#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace gameday::drivers {

// The parameter of drivers whose answers say who served.
inline constexpr ParamSpec server_names_param{
    "served_by_names", ParamType::object, "",
    "texts that answers use for who served, each with the name of a node or region"};

// Texts in answers → nodes: names of nodes, of regions (the first node), and the user's own.
class ServerNames {
 public:
    ServerNames() = default;
    // Reads `served_by_names`; wrong entries become errors of the reader.
    ServerNames(ParamReader& reader, const Topology& topology);

    // The addresses of nodes, too, as servers that know their own say: "127.0.0.1:5432".
    void add_addresses(const Topology& topology);
    // One more text; one that is known keeps its meaning.
    void add(std::string text, NodeId node) { nodes_.emplace(std::move(text), node); }

    // The node; none for "" (not told); unrecognised_node for a text that means no node.
    [[nodiscard]] NodeId find(std::string_view text) const;

 private:
    std::map<std::string, NodeId, std::less<>> nodes_;
};

// Without blanks and line breaks around it.
std::string_view trimmed(std::string_view text);

}  // namespace gameday::drivers
