#include "tests/injectors/fake_machine.hpp"

#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/hook/actions.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/devices/process/actions.hpp"
#include "injectors/devices/proxy/actions.hpp"

namespace gameday::test {

namespace {

bool perform_proxy(FakeMachine& machine, FaultId id, const Action& action) {
    const auto link = text_at(action.args, "link");
    if (action.verb == "clear") {
        machine.rules.erase({id.value, link});
        return true;
    }
    const bool good = devices::proxy::rule_of(action).has_value() && machine.hops.contains(link);
    if (good) machine.rules.insert_or_assign({id.value, link}, action);
    return good;
}

// Whether the action carries a rule that the kernel device could obey.
bool carries_rule(const Action& action) {
    if (action.device == "netem") return devices::netem::rule_of(action).has_value();
    if (action.device == "nfqueue") return devices::nfqueue::rule_of(action).has_value();
    const auto rule = devices::firewall::rule_of(action);
    if (!rule || rule->cut == devices::firewall::Cut::drop) return rule.has_value();
    // What leaves cannot be answered.
    for (const auto& flow : rule->flows) {
        if (flow.side == kernel::Side::egress) return false;
    }
    return true;
}

bool perform_kernel(FakeMachine& machine, FaultId id, const Action& action) {
    const auto host = text_at(action.args, "host");
    const std::pair key{id.value, action.device + " " + host};
    if (action.verb == "clear") {
        machine.rules.erase(key);
        return true;
    }
    const bool good = action.verb == "set" && machine.hosts.contains(host) && carries_rule(action);
    if (good) machine.rules.insert_or_assign(key, action);
    return good;
}

bool perform_process(FakeMachine& machine, const Action& action) {
    const auto target = devices::process::target_of(action);
    if (!target) return false;
    const auto key = target->pid_file.empty() ? std::to_string(target->pid) : target->pid_file;
    const auto found = machine.processes.find(key);
    if (found == machine.processes.end()) return false;
    Process& process = found->second;
    if (action.verb == "kill" || action.verb == "stop") {
        if (process == Process::dead) return false;
        process = action.verb == "kill" ? Process::dead : Process::stopped;
        return true;
    }
    if (action.verb == "cont") {
        if (process == Process::stopped) process = Process::running;
        return true;
    }
    const auto how = devices::process::restart_of(action);
    if (!how || target->pid_file.empty()) return false;
    if (process == Process::dead) process = Process::running;
    return true;
}

// Commands are ["switch", "on" | "off" | "is-on", NAME].
bool perform_hook(FakeMachine& machine, const Action& action) {
    const auto call = devices::hook::call_of(action);
    if (!call || call->argv.size() != 3 || call->argv[0] != "switch") return false;
    if (call->argv[1] == "on") machine.switches.insert(call->argv[2]);
    if (call->argv[1] == "off") machine.switches.erase(call->argv[2]);
    return call->argv[1] != "is-on" || machine.switches.contains(call->argv[2]);
}

}  // namespace

bool FakeMachine::perform(FaultId id, const Action& action) {
    if (action.device == "proxy") return perform_proxy(*this, id, action);
    if (action.device == "process") return perform_process(*this, action);
    for (const char* device : {"firewall", "netem", "nfqueue"}) {
        if (action.device == device) return perform_kernel(*this, id, action);
    }
    return action.device == "hook" && perform_hook(*this, action);
}

}  // namespace gameday::test
