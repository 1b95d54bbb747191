#include "injectors/common/links.hpp"

#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::faults {

namespace {

namespace firewall = devices::firewall;
namespace netem = devices::netem;
namespace nfqueue = devices::nfqueue;
namespace proxy = devices::proxy;

// What the queue in user space is asked to do: all but what belongs to netem's own way of queueing.
bool queue_can(const kernel::Impairment& it) { return !it.slot && !it.ecn && !it.wire_accurate; }

Result<std::string> able_to(std::string_view device, const PlanContext& context) {
    return context.able ? context.able(device) : Result<std::string>();
}

// What is wrong, without what to do about it: `doctor` says that.
std::string_view reason_in(std::string_view message) {
    return message.substr(0, message.find(". "));
}

std::string not_able(std::string_view device, const Error& why) {
    return fmt::format("; {} is not able here: {}", device, reason_in(why.message));
}

Carrier able_one(const Candidates& candidates, const PlanContext& context) {
    std::string why = candidates.proxy_has_effect ? "not all links concerned have proxy hops"
                                                  : "the proxy cannot do this";
    std::string_view chosen;
    for (const auto device : candidates.devices) {
        const auto able = able_to(device, context);
        if (able) {
            chosen = device;
            break;
        }
        why += not_able(device, able.error());
    }
    if (chosen.empty()) chosen = candidates.devices.front();
    return {std::string(chosen), fmt::format("by {}: {}", chosen, why)};
}

// The device that the scenario asks for. One that is not able refuses when the run begins; what
// would do instead is said here.
Carrier asked_for(const Candidates& candidates, const PlanContext& context) {
    const auto& via = candidates.via;
    std::string why = "the scenario says so";
    if (const auto able = able_to(via, context); !able) {
        why += not_able(via, able.error());
        for (const auto device : candidates.devices) {
            if (device == via || !able_to(device, context)) continue;
            why += fmt::format("; write \"{}\" or \"auto\"", device);
            break;
        }
    }
    return {via, fmt::format("by {}: {}", via, why)};
}

// One action a host, by one of the devices that touch hosts.
template <class Rule>
FaultPlan plan_hosts(const Touched& touched, Rule rule, Action (*set)(const Rule&),
                     Action (*clear)(const std::string&)) {
    FaultPlan plan;
    for (const auto& [host, flows] : touched.hosts) {
        rule.host = host;
        rule.flows = flows;
        plan.inject.push_back(set(rule));
        plan.heal.insert(plan.heal.begin(), clear(host));
    }
    return plan;
}

FaultPlan plan_impaired(const Touched& touched, const kernel::Impairment& impairment,
                        const std::string& device, const PlanContext& context) {
    netem::Rule rule;
    rule.impairment = impairment;
    if (device == netem::device_name) return plan_hosts(touched, rule, netem::set, netem::clear);
    // Ours, unlike the kernel's, draws the same for the same seed.
    rule.impairment.seed = context.seed * 1000003 + context.id.value + 1;
    return plan_hosts(touched, rule, nfqueue::set, nfqueue::clear);
}

void finish(FaultPlan& plan, const Carrier& carrier, const Result<Touched>& kernel,
            const Links& links, const PlanContext& context) {
    plan.nodes = named_nodes(links.groups);
    plan.notes = {carrier.why};
    if (works_on_hops(carrier.device)) return;
    const auto able = able_to(carrier.device, context);
    if (able && !able->empty()) plan.notes.push_back(fmt::format("{}: {}", carrier.device, *able));
    plan.notes.insert(plan.notes.end(), kernel->notes.begin(), kernel->notes.end());
}

// What the kernel would touch, and no more of it than the packets that are meant.
Result<Touched> touched_by(const Links& links, const std::vector<Talk>& talks, End end,
                           const PlanContext& context) {
    auto touched = touch(talks, end, links.allow_everything, links.field, context);
    if (touched) narrow(*touched, links.packets);
    return touched;
}

// What a user of such figures has to know about packets.
void warn(FaultPlan& plan, const kernel::Impairment& it) {
    const bool counts = it.loss.share > 0 || it.gilbert_elliott || it.four_state ||
                        it.duplicate > 0 || it.corrupt > 0;
    if (counts && !it.wire_accurate) {
        plan.notes.emplace_back(
            "a packet is what the kernel hands on, for bulk TCP up to 64 KiB at once: shares are "
            "exact for small packets (netem has \"wire_accurate\")");
    }
    if (it.jitter > Duration::zero() && it.rate == 0) {
        plan.notes.emplace_back("with jitter packets overtake one another, as on no single wire");
    }
}

std::optional<Error> error_of(const Result<Hops>& hops) {
    return hops ? std::nullopt : std::optional(hops.error());
}

// The hops that the proxy would work on; fails when it can not do it at all.
Result<Hops> hops_of(const Links& links, bool can, const Topology& topology) {
    if (!can) return invalid("via: the proxy cannot do this, write \"auto\"");
    auto hops = hops_across(links.groups, links.direction, topology);
    if (!hops) return std::move(hops.error()).within(links.field);
    return hops;
}

// Everybody else first, so that `to` means towards the places named.
std::vector<Group> groups_towards(const std::vector<NodeId>& nodes, const std::string& names,
                                  bool clients, const Topology& topology) {
    const Group target{{{names, nodes, {}}}};
    std::vector<Group> groups{target};
    add_rest(groups, topology);
    if (groups.size() == 1) groups.push_back({{}, true});
    std::swap(groups[0], groups[1]);
    for (const auto& region : topology.regions) {
        if (clients) groups[0].places.push_back({"clients:" + region.name, {}, region.id});
    }
    return groups;
}

}  // namespace

bool works_on_hops(std::string_view device) { return device == devices::proxy::device_name; }

Result<Carrier> choose(const Candidates& candidates, const PlanContext& context) {
    const auto& [via, proxy, proxy_has_effect, kernel, devices] = candidates;
    if (works_on_hops(via)) {
        if (proxy) return *proxy;
        return Carrier{via, "by proxy: the scenario says so"};
    }
    if (via != "auto") {
        if (std::ranges::find(devices, via) == devices.end()) {
            return invalid("via: {} cannot do this, write \"{}\" or \"auto\"", via,
                           devices.front());
        }
        if (!kernel) return kernel.error();
        return asked_for(candidates, context);
    }
    if (!proxy) {
        return Carrier{std::string(proxy::device_name), "by proxy: the links concerned have hops"};
    }
    if (!proxy_has_effect) {
        if (!kernel) return kernel.error();
        return able_one(candidates, context);
    }
    const auto& nodes = context.topology.nodes;
    const bool declared =
        std::ranges::none_of(nodes, [](const Node& node) { return node.host == "local"; });
    if (!kernel) return declared ? kernel.error() : *proxy;
    if (kernel->shared) return *proxy;
    return able_one(candidates, context);
}

void note_cut(FaultPlan& plan, std::string_view device, proxy::Cut cut,
              const PlanContext& context) {
    if (!works_on_hops(device) || cut != proxy::Cut::blackhole) return;
    const auto able = able_to(device, context);
    if (able && !able->empty()) plan.notes.push_back(fmt::format("{}: {}", device, *able));
}

FaultPlan plan_firewall(const Touched& touched, const Cutting& cutting) {
    firewall::Rule rule;
    rule.cut = cutting.cut;
    rule.scope = cutting.scope;
    return plan_hosts(touched, rule, firewall::set, firewall::clear);
}

Result<FaultPlan> plan_cut(const Links& links, const Cutting& cutting, const PlanContext& context) {
    const bool proxy = links.packets.are_all();
    const auto hops = hops_of(links, proxy, context.topology);
    auto talks = talks_across(links.groups, links.direction);
    // An answer (a reset, a refusal) can only be given to what arrives.
    if (cutting.cut != firewall::Cut::drop) {
        std::erase_if(talks, [](const Talk& talk) { return talk.to.is_clients(); });
    }
    const auto touched = touched_by(links, talks, End::listener, context);
    const auto carrier =
        choose({links.via, error_of(hops), proxy, touched, {firewall::device_name}}, context);
    if (!carrier) return carrier.error();
    auto plan = works_on_hops(carrier->device)
                    ? plan_rule(*hops, cutting.proxy, {}, context.topology)
                    : plan_firewall(*touched, cutting);
    finish(plan, *carrier, touched, links, context);
    note_cut(plan, carrier->device, cutting.proxy.cut, context);
    return plan;
}

Result<FaultPlan> plan_impairment(const Links& links, const Impairing& impairing,
                                  const PlanContext& context) {
    const bool proxy = impairing.proxy.has_value() && links.packets.are_all();
    const auto hops = hops_of(links, proxy, context.topology);
    const auto talks = talks_across(links.groups, links.direction);
    const auto touched = touched_by(links, talks, End::speaker, context);
    std::vector<std::string_view> devices{netem::device_name};
    if (queue_can(impairing.impairment)) devices.emplace_back(nfqueue::device_name);
    const auto carrier =
        choose({links.via, error_of(hops), proxy, touched, std::move(devices)}, context);
    if (!carrier) return carrier.error();
    auto plan = works_on_hops(carrier->device)
                    ? plan_rule(*hops, *impairing.proxy, {}, context.topology)
                    : plan_impaired(*touched, impairing.impairment, carrier->device, context);
    finish(plan, *carrier, touched, links, context);
    if (!works_on_hops(carrier->device)) warn(plan, impairing.impairment);
    return plan;
}

Result<FaultPlan> plan_by_proxy(const Links& links, const devices::proxy::Rule& rule,
                                const PlanContext& context) {
    auto hops = hops_across(links.groups, links.direction, context.topology);
    if (!hops) return std::move(hops.error()).within(links.field);
    auto plan = plan_rule(*hops, rule, named_nodes(links.groups), context.topology);
    plan.notes = {"by proxy: no other device can do this"};
    return plan;
}

Links read_sides(ParamReader& reader, const PlanContext& context, bool one_way) {
    const bool towards = reader.has("to");
    Links links;
    links.field = towards ? "to" : "between";
    if (towards == reader.has("between")) {
        reader.fail("between", towards ? "stands beside \"to\", write one of the two"
                                       : "is missing, write for example [[\"us-east\"], "
                                         "[\"eu-west\"]]");
    }
    const bool clients = reader.has("clients") ? reader.flag("clients") : towards;
    if (one_way) links.direction = read_direction(reader, "direction");
    if (towards) {
        const auto names = reader.names("to");
        const auto nodes = find_all_nodes(reader, "to", names, context);
        const auto first = names.empty() ? std::string() : names.front();
        links.groups = groups_towards(nodes, first, clients, context.topology);
    } else {
        links.groups = read_groups(reader, "between", context);
        if (links.groups.size() < 2 && reader.has("between")) {
            reader.fail("between", "has no two sides, write at least two groups");
        }
        if (clients) add_clients(links.groups, context.topology);
    }
    return links;
}

Links read_links(ParamReader& reader, const PlanContext& context) {
    auto links = read_sides(reader, context);
    links.via = reader.text("via");
    links.allow_everything = reader.flag("allow_everything");
    links.packets = read_packets(reader);
    return links;
}

double read_some(ParamReader& reader, std::string_view field) {
    const double share = reader.share(field);
    if (reader.has(field) && share <= 0) {
        reader.fail(field, "is nothing, write more than 0 and at most 1");
    }
    return share;
}

void read_delay(ParamReader& reader, kernel::Impairment& impairment) {
    impairment.delay = reader.duration("delay");
    impairment.jitter = reader.duration("jitter");
    if (reader.has("delay") && impairment.delay <= Duration::zero()) {
        reader.fail("delay", "is no delay, write for example \"100ms\"");
    }
    if (impairment.jitter > impairment.delay) {
        reader.fail("jitter", "is more than the delay, write less");
    }
}

Result<FaultPlan> plan_ridden_out(ParamReader& reader, const Impairing& impairing,
                                  const PlanContext& context) {
    const auto links = read_links(reader, context);
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_impairment(links, impairing, context);
    if (plan) plan->expects_outage = false;
    return plan;
}

}  // namespace gameday::faults
