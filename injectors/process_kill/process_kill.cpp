#include "injectors/process_kill/process_kill.hpp"

#include "injectors/common/places.hpp"
#include "injectors/common/processes.hpp"
#include "injectors/devices/process/actions.hpp"

#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr std::array process_kill_specs{
    node_spec,
    region_spec,
    ParamSpec{"restart", ParamType::flag, "true",
              "whether healing runs the nodes' restart commands; false: something else restarts "
              "them, and healing waits for it"},
};

Result<FaultPlan> plan_process_kill(const Params& params, const PlanContext& context) {
    ParamReader reader(params, process_kill_specs);
    const auto nodes = read_nodes(reader, context);
    const bool restart = reader.flag("restart");
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_kill(nodes, restart, context.topology);
    if (!plan) return std::move(plan.error()).within(nodes_field(reader));
    return plan;
}

}  // namespace

Result<FaultPlan> plan_kill(const std::vector<NodeId>& nodes, bool restart,
                            const Topology& topology) {
    std::string lacks;
    FaultPlan plan;
    for (const NodeId id : nodes) {
        const Node& node = topology.node(id);
        note_lack(lacks, node, "process.pid_file", !node.process.pid_file.empty());
        note_lack(lacks, node, "process.restart (or write \"restart\": false)",
                  !restart || !node.process.restart.empty());
        const auto target = process_of(node);
        devices::process::Restart how{{}, node.process.folder, node.process.restart_timeout};
        if (restart) how.argv = node.process.restart;
        plan.inject.push_back(devices::process::kill(target));
        plan.heal.insert(plan.heal.begin(), devices::process::restart(target, how));
    }
    if (!lacks.empty()) return Error{ErrorCode::invalid, lacks};
    plan.nodes = plan.taken = nodes;
    return plan;
}

const FaultKind process_kill{"process_kill",     "processes die by SIGKILL and are started again",
                             process_kill_specs, plan_process_kill,
                             "was killed",       "were killed"};

}  // namespace gameday::faults
