#include "injectors/process_pause/process_pause.hpp"

#include "injectors/common/places.hpp"
#include "injectors/common/processes.hpp"
#include "injectors/devices/process/actions.hpp"

#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr std::array process_pause_specs{node_spec, region_spec};

Result<FaultPlan> plan_process_pause(const Params& params, const PlanContext& context) {
    ParamReader reader(params, process_pause_specs);
    const auto nodes = read_nodes(reader, context);
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_pause(nodes, context.topology);
    if (!plan) return std::move(plan.error()).within(nodes_field(reader));
    return plan;
}

}  // namespace

Result<FaultPlan> plan_pause(const std::vector<NodeId>& nodes, const Topology& topology) {
    std::string lacks;
    FaultPlan plan;
    for (const NodeId id : nodes) {
        const Node& node = topology.node(id);
        note_lack(lacks, node, "process.pid_file or process.pid",
                  !node.process.pid_file.empty() || node.process.pid != 0);
        const auto target = process_of(node);
        plan.inject.push_back(devices::process::stop(target));
        plan.heal.insert(plan.heal.begin(), devices::process::cont(target));
    }
    if (!lacks.empty()) return Error{ErrorCode::invalid, lacks};
    plan.nodes = plan.taken = nodes;
    return plan;
}

const FaultKind process_pause{
    "process_pause",     "processes freeze by SIGSTOP and wake up unaware",
    process_pause_specs, plan_process_pause,
    "was paused",        "were paused"};

}  // namespace gameday::faults
