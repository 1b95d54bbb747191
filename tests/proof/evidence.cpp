// Writes a plan and its simulation down as a scenario and as evidence.
#include "tests/proof/evidence_of.hpp"

#include <algorithm>

namespace gameday::proof {

namespace {

Topology topology_of(const Plan& plan) {
    Topology topology;
    for (std::size_t region = 0; region < plan.regions; ++region) {
        topology.regions.push_back({RegionId::of(region), "region-" + std::to_string(region), {}});
    }
    for (std::size_t index = 0; index < plan.nodes.size(); ++index) {
        Node node;
        node.id = NodeId::of(index);
        node.name = "node-" + std::to_string(index);
        node.region = RegionId::of(plan.nodes[index]);
        node.role = index == plan.office.front().node ? "primary" : "replica";
        topology.nodes.push_back(node);
        topology.regions[plan.nodes[index]].nodes.push_back(node.id);
    }
    return topology;
}

Duration length(double seconds) { return instant(seconds).time_since_epoch(); }

void add_faults(const Plan& plan, Random& random, Scenario& scenario, Evidence& evidence) {
    for (std::size_t index = 0; index < plan.faults.size(); ++index) {
        const auto& fault = plan.faults[index];
        const auto id = FaultId::of(index + 1);
        FaultStep step;
        step.id = id;
        step.name = fault.name;
        step.fault = fault.kind;
        step.at = length(fault.injected() - plan.active_low);
        step.length = length(fault.healed() - fault.injected());
        step.expects_outage = fault.expects_outage;
        scenario.faults.push_back(step);
        for (const auto& pulse : fault.pulses) {
            FaultWindow window;
            window.id = id;
            window.name = fault.name;
            window.kind = fault.kind;
            for (const auto node : fault.taken) window.taken.push_back(NodeId::of(node));
            window.nodes = window.taken;
            window.injected = {instant(pulse.injected - 0.002 * random.unit()),
                               instant(pulse.injected + 0.002 * random.unit())};
            window.healed = Interval<Instant>{instant(pulse.healed - 0.002 * random.unit()),
                                              instant(pulse.healed + 0.002 * random.unit())};
            window.affected = fault.bites ? 5 : 0;
            window.expects_outage = fault.expects_outage;
            evidence.faults.push_back(window);
        }
    }
    std::stable_sort(
        evidence.faults.begin(), evidence.faults.end(),
        [](const FaultWindow& a, const FaultWindow& b) { return a.injected.low < b.injected.low; });
}

RoleSample role_of(const Plan& plan, std::size_t node, double at) {
    RoleSample sample;
    sample.at = {instant(at), instant(at + 0.002)};
    sample.node = NodeId::of(node);
    sample.role = Role::replica;
    for (const auto& entry : plan.office) {
        if (entry.from > at) continue;
        sample.term = entry.term;
        sample.role = entry.node == node ? Role::primary : Role::replica;
    }
    const auto& split = plan.split;
    if (split.on && node == split.loser && at < split.to) {
        sample.role = Role::primary;
        sample.term = 1;
    }
    for (const auto& fault : plan.faults) {
        const bool taken =
            std::find(fault.taken.begin(), fault.taken.end(), node) != fault.taken.end();
        if (taken && at >= fault.injected() && at < fault.healed()) {
            sample.role = Role::down;
            sample.term = 0;
        }
    }
    return sample;
}

void add_samples(const Plan& plan, Random& random, Evidence& evidence) {
    for (double at = 0.05; at < plan.active_high; at += 0.1) {
        for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
            if (plan.roles)
                evidence.roles.push_back(
                    role_of(plan, node, at + 0.001 * static_cast<double>(node)));
            if (!plan.lag.on || node == plan.office.front().node) continue;
            const auto& lag = plan.lag;
            if (node == lag.gap_node && at >= lag.gap_from && at < lag.gap_to) continue;
            double truth = lag.base;
            for (const auto& peak : lag.peaks) {
                if (peak.node == node && at >= peak.from && at < peak.to) {
                    truth = std::max(truth, peak.lag);
                }
            }
            LagSample sample;
            sample.at = {instant(at), instant(at + 0.002)};
            sample.replica = NodeId::of(node);
            sample.lag = {length(std::max(0.0, truth - 0.02 * random.unit())),
                          length(truth + 0.02 * random.unit())};
            evidence.lags.push_back(sample);
        }
    }
}

}  // namespace

Scenario scenario_of(const Plan& plan) {
    Scenario scenario;
    scenario.name = "proof-" + std::to_string(plan.seed);
    scenario.seed = plan.seed;
    scenario.topology = topology_of(plan);
    for (std::size_t index = 0; index < plan.loads.size(); ++index) {
        const auto& plan_load = plan.loads[index];
        LoadSpec load;
        load.name = "load-" + std::to_string(index);
        load.arrival = plan_load.poisson ? Arrival::poisson : Arrival::constant;
        load.rate_per_s = plan_load.rate;
        load.writes = plan_load.writes;
        load.keys.space = plan_load.space;
        for (const auto& region : scenario.topology.regions) {
            load.regions.push_back(region.name);
            load.shares.push_back(1.0 / static_cast<double>(plan.regions));
        }
        load.clients_per_region = 2;
        load.timeout = length(plan.timeout);
        load.ledger = plan_load.ledger;
        const bool causal =
            plan.split.on ? plan.split.version == SplitPlan::Version::causal : plan.seed % 3 == 2;
        load.order = causal ? VersionOrder::causal : VersionOrder::clock;
        scenario.loads.push_back(load);
    }
    if (plan.roles) scenario.probes.push_back({"role", "role", {}, {}, {}});
    if (plan.lag.on) scenario.probes.push_back({"replication_lag", "lag", {}, {}, {}});
    for (auto& probe : scenario.probes) probe.interval = std::chrono::milliseconds(100);
    scenario.steady.window = length(plan.window);
    scenario.duration = length(plan.active_high - plan.active_low);
    scenario.minimum = {plan.success, length(plan.latency), length(plan.hold)};
    return scenario;
}

Evidence evidence_of(const Plan& plan, const World& world, Random& random, Scenario& scenario) {
    Evidence evidence;
    evidence.topology = scenario.topology;
    for (std::size_t load = 0; load < plan.loads.size(); ++load) {
        for (std::size_t region = 0; region < plan.regions; ++region) {
            for (int client = 0; client < 2; ++client) {
                evidence.clients.push_back(
                    {RegionId::of(region), static_cast<std::uint16_t>(load)});
            }
        }
    }
    evidence.operations = world.operations();
    add_faults(plan, random, scenario, evidence);
    add_samples(plan, random, evidence);
    evidence.steady = {instant(plan.steady_low), instant(plan.active_low)};
    evidence.active = {instant(plan.active_low), instant(plan.active_high)};
    evidence.finished = instant(world.finished());
    if (plan.paused_to > plan.paused_from) {
        const Interval<Instant> pause{instant(plan.paused_from), instant(plan.paused_to)};
        evidence.instrument.suspended.push_back(pause);
        evidence.instrument.lateness_max = pause.width();
    }
    evidence.run_id = run_id_of(plan.seed);
    return evidence;
}

}  // namespace gameday::proof
