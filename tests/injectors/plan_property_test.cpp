// What holds for every fault kind of the catalogue, whatever it does: healing leaves the machine as
// it was. A new kind is in here as soon as it has its line in the catalogue.
#include "harness/json/json.hpp"
#include "harness/ports/catalog.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "tests/injectors/fake_machine.hpp"
#include "tests/injectors/random_faults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/lane.hpp"

#include <functional>
#include <string>
#include <vector>

#define FAULT(name) extern const FaultKind name;
namespace gameday::faults {
#include "harness/app/catalog.inc"
}  // namespace gameday::faults

namespace gameday::test::plan_property_test {
namespace {

constexpr FaultId other_fault{7};
constexpr FaultId this_fault{8};

const std::vector<const FaultKind*>& all_kinds() {
    static const std::vector<const FaultKind*> kinds{
#define FAULT(name) &faults::name,
#include "harness/app/catalog.inc"
    };
    return kinds;
}

Result<FaultPlan> plan_kind(const FaultKind& kind, const Params& params, const Topology& topology,
                            const std::vector<Role>& roles, int depth = 0) {
    PlanContext context{topology, roles, this_fault, 1, roles.empty(), {}};
    context.able = [&](std::string_view device) -> Result<std::string> {
        if (device != "netem" || topology.links.size() % 2 == 0) return {};
        return Error{ErrorCode::unsupported, "no sch_netem"};
    };
    context.spare = {"10.9.9.9"};
    context.plan = [&](std::string_view name, const Params& inner) -> Result<FaultPlan> {
        const auto* found = find_kind(all_kinds(), name);
        if (found == nullptr || depth > 2) return Error{ErrorCode::invalid, "fault: no such kind"};
        return plan_kind(*found, inner, topology, roles, depth + 1);
    };
    return kind.plan(params, context);
}

Action kernel_rule(const std::string& device, const std::string& host) {
    const kernel::Flow flow{kernel::Side::ingress, {"10.8.8.8"}, false, {}, {}, {}, {}, {}};
    Action action{device, "set", {{"host", Value(host)}}};
    action.args["flows"] = Value(List{kernel::value_of(flow)});
    if (device != "firewall") action.args["impairment"] = Value(Params{{"delay", Value("5ms")}});
    return action;
}

// The machine of the topology, with a rule of another fault on every hop and host.
FakeMachine machine_of(const Topology& topology) {
    FakeMachine machine;
    for (const auto& link : topology.links) {
        if (!link.listen) continue;
        machine.hops.insert(link.name);
        const Action rule{"proxy", "set", {{"link", Value(link.name)}, {"delay", "5ms"}}};
        REQUIRE(machine.perform(other_fault, rule));
    }
    for (const auto& node : topology.nodes) {
        machine.hosts.insert(node.host);
        for (const char* device : {"firewall", "netem", "nfqueue"}) {
            REQUIRE(machine.perform(other_fault, kernel_rule(device, node.host)));
        }
        const auto& process = node.process;
        if (!process.pid_file.empty()) machine.processes[process.pid_file] = Process::running;
        if (process.pid != 0) machine.processes[std::to_string(process.pid)] = Process::running;
    }
    machine.switches.insert("someone else's");
    return machine;
}

// Performs the first actions of the list; one check for all, as there are millions.
void perform(FakeMachine& machine, const std::vector<Action>& actions, std::size_t count) {
    bool all_done = true;
    for (std::size_t i = 0; i < count; ++i) {
        all_done = machine.perform(this_fault, actions[i]) && all_done;
    }
    REQUIRE(all_done);
}

void perform(FakeMachine& machine, const std::vector<Action>& actions) {
    perform(machine, actions, actions.size());
}

// As a journal would: to text and back.
std::vector<Action> through_json(const std::vector<Action>& actions) {
    List list;
    for (const auto& action : actions) {
        list.emplace_back(Params{{"device", Value(action.device)},
                                 {"verb", Value(action.verb)},
                                 {"args", Value(action.args)}});
    }
    const auto back = json::parse(json::print(Value(std::move(list))));
    REQUIRE(back.has_value());
    std::vector<Action> result;
    for (const auto& each : *back->as<List>()) {
        const auto& object = *each.as<Params>();
        result.push_back(
            {text_at(object, "device"), text_at(object, "verb"), *object.at("args").as<Params>()});
    }
    return result;
}

using Property = std::function<void(const FaultPlan&, FakeMachine&)>;

// Holds `property` against many plans of each kind; refused parameters do not count. The
// machine must be left as it was.
void for_all_plans(const std::string& stream, const Property& property) {
    const int plans = is_sanitized ? 50 : by_lane(250, 1000);
    for (const auto* kind : all_kinds()) {
        INFO("fault kind " << kind->name);
        Random random(20, stream + std::string(kind->name));
        int planned = 0;
        for (int tries = 0; planned < plans; ++tries) {
            REQUIRE(tries < 200'000);  // the generator makes too few parameters that are right
            const auto topology = random_topology(random);
            const auto params = random_params(random, *kind, topology, all_kinds());
            const auto plan = plan_kind(*kind, params, topology, random_roles(random, topology));
            if (!plan) continue;
            ++planned;
            INFO("parameters " << json::print(Value(params)));
            FakeMachine machine = machine_of(topology);
            const FakeMachine before = machine;
            property(*plan, machine);
            REQUIRE((machine.state() == before.state()));
        }
    }
}

}  // namespace

TEST_CASE("injecting changes the machine, and healing leaves it as it was") {
    for_all_plans("whole", [](const FaultPlan& plan, FakeMachine& machine) {
        const FakeMachine before = machine;
        perform(machine, plan.inject);
        REQUIRE((machine.state() != before.state()));
        perform(machine, plan.heal);
    });
}

TEST_CASE("a plan that fails at any action, done or not, is healed whole") {
    for_all_plans("broken", [](const FaultPlan& plan, FakeMachine& machine) {
        const FakeMachine before = machine;
        for (std::size_t done = 0; done <= plan.inject.size(); ++done) {
            machine = before;
            perform(machine, plan.inject, done);
            perform(machine, plan.heal);
            REQUIRE((machine.state() == before.state()));
        }
    });
}

TEST_CASE("healing twice, or again after it broke off anywhere, is healing once") {
    for_all_plans("twice", [](const FaultPlan& plan, FakeMachine& machine) {
        perform(machine, plan.inject);
        const FakeMachine injected = machine;
        for (std::size_t done = 0; done <= plan.heal.size(); ++done) {
            machine = injected;
            perform(machine, plan.heal, done);
            perform(machine, plan.heal);
        }
    });
}

TEST_CASE("the journal alone is enough to heal") {
    for_all_plans("journal", [](const FaultPlan& plan, FakeMachine& machine) {
        const auto promised = through_json(plan.heal);
        REQUIRE((promised == plan.heal));
        perform(machine, plan.inject);
        perform(machine, promised);
    });
}

TEST_CASE("the same parameters make the same plan, aimed at nodes of the system") {
    Random random(20, "same");
    int planned = 0;
    for (int tries = 0; tries < 4000; ++tries) {
        const auto topology = random_topology(random);
        const auto roles = random_roles(random, topology);
        for (const auto* kind : all_kinds()) {
            const auto params = random_params(random, *kind, topology, all_kinds());
            const auto plan = plan_kind(*kind, params, topology, roles);
            REQUIRE((plan == plan_kind(*kind, params, topology, roles)));
            if (!plan) {
                REQUIRE((plan.error().code == ErrorCode::invalid ||
                         plan.error().code == ErrorCode::refused));
                REQUIRE(plan.error().message.find(": ") != std::string::npos);
                continue;
            }
            ++planned;
            for (const auto node : plan->nodes) REQUIRE(node.index() < topology.nodes.size());
        }
    }
    CHECK(planned > 4000);
}

}  // namespace gameday::test::plan_property_test
