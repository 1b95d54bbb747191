#include "injectors/common/processes.hpp"

#include "injectors/common/places.hpp"

#include <fmt/format.h>

namespace gameday::faults {

std::vector<NodeId> read_nodes(ParamReader& reader, const PlanContext& context) {
    if (reader.has("node") == reader.has("region")) {
        reader.fail("node", reader.has("node") ? "stands beside \"region\", write one of the two"
                                               : "is missing, write a node, or \"region\"");
        return {};
    }
    if (reader.has("node")) return find_all_nodes(reader, "node", reader.names("node"), context);
    return find_all_nodes(reader, "region", {reader.text("region")}, context);
}

std::string nodes_field(const ParamReader& reader) {
    return reader.has("region") ? "region" : "node";
}

devices::process::Target process_of(const Node& node) {
    return {node.name, node.process.pid_file, node.process.pid};
}

void note_lack(std::string& lacks, const Node& node, std::string_view what, bool declared) {
    if (declared) return;
    if (!lacks.empty()) lacks += "; ";
    lacks += fmt::format("the node {} has to declare {} under /system/regions", node.name, what);
}

}  // namespace gameday::faults
