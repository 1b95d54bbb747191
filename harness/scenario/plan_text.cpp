#include "harness/scenario/plan_text.hpp"

#include "harness/json/json.hpp"
#include "harness/model/verdict.hpp"
#include "harness/scenario/density.hpp"
#include "harness/scenario/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>

namespace gameday::scenario {

namespace {

constexpr std::uint32_t pulses_shown = 3;

// What plans are made from, and whether the devices work here.
struct Kinds {
    const Catalog& catalog;
    const DeviceCheck& able;
};

template <std::size_t n, class Enum>
std::string_view word(const std::array<std::string_view, n>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

std::string action_text(const Action& action) {
    std::string text = fmt::format("{:<8} {}", action.device, action.verb);
    for (const auto& [name, value] : action.args) {
        const auto* plain = value.as<std::string>();
        text += fmt::format(" {}={}", name, plain != nullptr ? *plain : json::print(value));
    }
    return text;
}

// The plan with roles unknown; empty when it cannot be made, which schedule() would have refused.
FaultPlan dry_plan(const Scenario& scenario, const Step& step, const Kinds& kinds) {
    auto plan =
        plan_fault(scenario.faults.at(step.index), scenario, kinds.catalog, {}, true, kinds.able);
    return plan ? *plan : FaultPlan();
}

// The shell lines that do the same by hand.
std::vector<std::string> commands_of(const Action& action, const Catalog& catalog) {
    const auto* kind = find_kind(catalog.devices, action.device);
    if (kind == nullptr || kind->commands == nullptr) return {};
    return kind->commands(action);
}

// Each line of a text, a command of several lines (a here document) among them.
void add_lines(std::string& out, std::string_view text, std::size_t indent) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out += std::string(indent, ' ') + std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Whether a parameter names nodes by their role, to be looked up when the step comes.
bool names_roles(const Value& value) {
    if (const auto* text = value.as<std::string>()) return text->starts_with('@');
    if (const auto* list = value.as<List>()) {
        return std::any_of(list->begin(), list->end(), names_roles);
    }
    if (const auto* object = value.as<Params>()) {
        return std::any_of(object->begin(), object->end(),
                           [](const auto& member) { return names_roles(member.second); });
    }
    return false;
}

std::string percent(double share) { return fmt::format("{:.4g} %", share * 100); }

void add_head(std::string& out, const Scenario& scenario) {
    out += scenario.name;
    if (!scenario.title.empty()) out += ": " + scenario.title;
    out += "\n";
    if (!scenario.hypothesis.empty()) out += fmt::format("  {}\n", scenario.hypothesis);
    out += fmt::format("  kind {}, seed {}", word(kind_names, scenario.kind), scenario.seed);
    if (scenario.time_scale != 1) {
        out += fmt::format(", declared times multiplied by {}", scenario.time_scale);
    }
    out += "\n";
}

void add_system(std::string& out, const Scenario& scenario) {
    const auto& topology = scenario.topology;
    out += scenario.launch.name.empty()
               ? std::string("\nSystem, as it stands\n")
               : fmt::format("\nSystem, launched: {}\n", scenario.launch.name);
    for (const auto& region : topology.regions) {
        for (const auto id : region.nodes) {
            const Node& node = topology.node(id);
            out += fmt::format("  {:<12} {:<14} {:<22} {}\n", region.name, node.name,
                               node.endpoint.text(), node.role.empty() ? "-" : node.role);
        }
    }
    const auto hops = std::count_if(topology.links.begin(), topology.links.end(),
                                    [](const Link& link) { return link.listen.has_value(); });
    out += fmt::format("  {} links, {} through a hop\n", topology.links.size(), hops);
}

void add_load(std::string& out, const Scenario& scenario) {
    out += "\nLoad\n";
    for (const auto& load : scenario.loads) {
        out += fmt::format("  {}: {}, {} op/s {}", load.name, load.driver, load.rate_per_s,
                           word(arrival_names, load.arrival));
        if (load.arrival == Arrival::ramp) out += fmt::format(" to {} op/s", load.ramp_to_per_s);
        out += fmt::format(
            ", {} writes, timeout {}, route {}, {}\n", percent(load.writes),
            format_duration(load.timeout), load.route.policy,
            load.ledger ? word(ownership_names, load.ownership) : std::string_view("no ledger"));
        for (std::size_t i = 0; i < load.regions.size(); ++i) {
            out += fmt::format("    {:<12} {} clients, {} of the load\n", load.regions[i],
                               load.clients_per_region, percent(load.shares.at(i)));
        }
    }
    for (const auto& line : thin_streams(scenario)) out += "  ! " + line + "\n";
    for (const auto& probe : scenario.probes) {
        out += fmt::format("  probe {}: {}, every {}\n", probe.name, probe.kind,
                           format_duration(probe.interval));
    }
}

// What a run finds out before the first fault, and refuses without, in the order of its doing.
std::vector<std::string> checks_of(const Scenario& scenario) {
    std::vector<std::string> checks{"no other run touches the same endpoints, hops or pid files"};
    if (!scenario.faults.empty()) {
        checks.emplace_back(
            "commands of faults and restarts can be executed; pid files name processes that live, "
            "may be signalled and listen at the endpoints of their nodes");
    }
    for (const auto& load : scenario.loads) {
        if (!load.ledger) continue;
        if (!load.keys.existing) {
            checks.push_back(
                fmt::format("a sample of the keys of load {} is absent on every node", load.name));
        }
        if (load.writes > 0) {
            checks.push_back(fmt::format(
                "an acknowledged write of load {} is read back from every node at its own "
                "endpoint, and through the route of each client region, within {} (a node that "
                "says it is absent is a warning: what became of it is for the ledger)",
                load.name, format_duration(scenario.settle + scenario.ledger_patience)));
        }
    }
    checks.push_back(
        fmt::format("each stream by itself (load, client region, reads or writes) has {} good "
                    "operations over {}",
                    percent(scenario.steady.success), format_duration(scenario.steady.window)));
    return checks;
}

void add_checks(std::string& out, const Scenario& scenario) {
    out += "\nChecked before the first fault, else the run is refused\n";
    for (const auto& check : checks_of(scenario)) out += "  " + check + "\n";
}

std::string clock(Duration at) {
    return at < Duration::zero() ? "-" + format_duration(-at) : "+" + format_duration(at);
}

void add_step(std::string& out, const Scenario& scenario, const Step& step, const Kinds& kinds) {
    if (step.pulse > pulses_shown) return;
    if (step.pulse == pulses_shown) {
        if (step.kind == StepKind::inject) {
            out += fmt::format("  {:>12}  {} goes on in the same way\n", clock(step.at),
                               scenario.faults.at(step.index).name);
        }
        return;
    }
    const FaultStep& fault = scenario.faults.at(step.index);
    const FaultPlan plan = dry_plan(scenario, step, kinds);
    const bool inject = step.kind == StepKind::inject;
    out += fmt::format("  {:>12}  {} {}", clock(step.at), inject ? "inject" : "heal", fault.name);
    if (fault.name != fault.fault && inject) out += fmt::format(" ({})", fault.fault);
    if (plan.wave) out += fmt::format(", pulse {}", step.pulse + 1);
    if (inject) out += fault.expects_outage ? ", an outage is expected" : ", must be ridden out";
    if (inject && std::any_of(fault.params.begin(), fault.params.end(),
                              [](const auto& param) { return names_roles(param.second); })) {
        out += ", node chosen by role when its time comes";
    }
    out += "\n";
    if (step.pulse > 0) return;
    for (std::size_t i = 0; inject && i < plan.notes.size(); ++i) {
        out += fmt::format("  {:>12}    {}\n", "", plan.notes[i]);
    }
    for (const auto& action : inject ? plan.inject : plan.heal) {
        out += fmt::format("  {:>12}    {}\n", "", action_text(action));
        for (const auto& command : commands_of(action, kinds.catalog)) add_lines(out, command, 22);
    }
}

void add_timeline(std::string& out, const Scenario& scenario, const std::vector<Step>& steps,
                  const Kinds& kinds) {
    out += "\nTimeline, from the end of the steady-state window\n";
    const auto& steady = scenario.steady;
    out += fmt::format("  {:>12}  steady state: {} good over {}, within {}\n",
                       clock(-steady.window), percent(steady.success),
                       format_duration(steady.window), format_duration(steady.patience));
    for (const auto& step : steps) add_step(out, scenario, step, kinds);
    out += fmt::format("  {:>12}  load ends, {} to settle, ledger read back within {}\n",
                       clock(scenario.duration), format_duration(scenario.settle),
                       format_duration(scenario.ledger_patience));
}

std::set<std::string> devices_needed(const Scenario& scenario, const std::vector<Step>& steps,
                                     const Kinds& kinds) {
    std::set<std::string> needed;
    for (const auto& step : steps) {
        if (step.pulse > 0) continue;
        for (const auto& action : dry_plan(scenario, step, kinds).inject) {
            needed.insert(action.device);
        }
    }
    return needed;
}

std::string privileges_of(const std::string& device, const Catalog& catalog) {
    const auto* kind = find_kind(catalog.devices, device);
    return kind == nullptr ? "not in this build" : std::string(kind->privileges);
}

void add_devices(std::string& out, const std::set<std::string>& needed, const Catalog& catalog) {
    out += "\nDevices and the privileges they need\n";
    if (needed.empty()) out += "  none\n";
    for (const auto& device : needed) {
        out += fmt::format("  {:<12} {}\n", device, privileges_of(device, catalog));
    }
}

void add_targets(std::string& out, const Scenario& scenario) {
    out += "\nTargets\n";
    if (scenario.targets.empty()) out += "  none: figures are reported and nothing is judged\n";
    for (const auto& target : scenario.targets) {
        out += fmt::format("  {:<24} {} {} {}", target.id, target.metric,
                           word(comparison_names, target.comparison), target.declared);
        if (!target.region.empty()) out += fmt::format(", clients of {}", target.region);
        if (!target.fault.empty()) out += fmt::format(", fault {}", target.fault);
        if (target.severity == Severity::warn) out += ", warns only";
        out += "\n";
    }
}

List strings(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

Value action_value(const Action& action, const Catalog& catalog) {
    Params value{{"device", action.device}, {"verb", action.verb}, {"args", Value(action.args)}};
    const auto commands = commands_of(action, catalog);
    if (!commands.empty()) value["commands"] = strings(commands);
    return value;
}

Value step_value(const Scenario& scenario, const Step& step, const Kinds& kinds) {
    const FaultStep& fault = scenario.faults.at(step.index);
    const FaultPlan plan = dry_plan(scenario, step, kinds);
    const bool inject = step.kind == StepKind::inject;
    List actions;
    for (const auto& action : inject ? plan.inject : plan.heal) {
        actions.push_back(action_value(action, kinds.catalog));
    }
    Params value{{"at", duration_literal(step.at)},
                 {"at_s", seconds(step.at)},
                 {"do", inject ? "inject" : "heal"},
                 {"name", fault.name},
                 {"fault", fault.fault},
                 {"pulse", static_cast<std::int64_t>(step.pulse)},
                 {"actions", std::move(actions)}};
    if (inject && !plan.notes.empty()) value["notes"] = strings(plan.notes);
    return value;
}

}  // namespace

std::string plan_text(const Scenario& scenario, const std::vector<Step>& steps,
                      const Catalog& catalog, const DeviceCheck& able) {
    const Kinds kinds{catalog, able};
    std::string out;
    add_head(out, scenario);
    add_system(out, scenario);
    add_load(out, scenario);
    add_checks(out, scenario);
    add_timeline(out, scenario, steps, kinds);
    add_devices(out, devices_needed(scenario, steps, kinds), catalog);
    add_targets(out, scenario);
    out += "\nDefaults taken\n";
    for (const auto& taken : scenario.defaults_taken) out += fmt::format("  {}\n", taken);
    if (scenario.unscaled.empty()) return out;
    out +=
        fmt::format("\nWarning: times not multiplied by {}, write them in the file to scale them\n",
                    scenario.time_scale);
    for (const auto& left : scenario.unscaled) out += fmt::format("  {}\n", left);
    return out;
}

Value plan_value(const Scenario& scenario, const std::vector<Step>& steps, const Catalog& catalog,
                 const DeviceCheck& able) {
    const Kinds kinds{catalog, able};
    List step_list;
    for (const auto& step : steps) step_list.push_back(step_value(scenario, step, kinds));
    Params devices;
    for (const auto& device : devices_needed(scenario, steps, kinds)) {
        devices.emplace(device, Params{{"privileges", privileges_of(device, catalog)}});
    }
    List targets;
    for (const auto& target : scenario.targets) {
        targets.emplace_back(
            Params{{"id", target.id},
                   {"metric", target.metric},
                   {"op", std::string(word(comparison_names, target.comparison))},
                   {"value", target.value},
                   {"declared", target.declared},
                   {"region", target.region},
                   {"fault", target.fault},
                   {"severity", std::string(word(severity_names, target.severity))}});
    }
    return Params{{"name", scenario.name},
                  {"title", scenario.title},
                  {"kind", std::string(word(kind_names, scenario.kind))},
                  {"seed", static_cast<std::int64_t>(scenario.seed)},
                  {"time_scale", scenario.time_scale},
                  {"launch", scenario.launch.name},
                  {"regions", strings([&] {
                       std::vector<std::string> names;
                       for (const auto& region : scenario.topology.regions) {
                           names.push_back(region.name);
                       }
                       return names;
                   }())},
                  {"steady_window_s", seconds(scenario.steady.window)},
                  {"duration_s", seconds(scenario.duration)},
                  {"checks", strings(checks_of(scenario))},
                  {"steps", std::move(step_list)},
                  {"devices", std::move(devices)},
                  {"targets", std::move(targets)},
                  {"defaults", strings(scenario.defaults_taken)},
                  {"unscaled", strings(scenario.unscaled)}};
}

}  // namespace gameday::scenario
