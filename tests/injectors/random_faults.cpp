#include "tests/injectors/random_faults.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace gameday::test {

namespace {

void add_link(Random& random, Topology& topology, const std::string& from, Link link, double hops) {
    if (random.chance(0.1)) return;
    link.id = LinkId::of(topology.links.size());
    link.name = from + "->" + topology.node_name(link.to_node);
    link.target = topology.node(link.to_node).endpoint;
    const auto port = static_cast<std::uint16_t>(20000 + topology.links.size());
    if (random.chance(hops)) link.listen = Endpoint{"127.0.1.1", port};
    topology.links.push_back(std::move(link));
}

ProcessSpec random_process(Random& random, const std::string& name) {
    ProcessSpec process;
    if (random.chance(0.9)) {
        process.pid_file = "{run_dir}/system/" + name + ".pid";
        if (random.chance(0.95)) process.restart = {"./serve", name};
    } else if (random.chance(0.7)) {
        process.pid = static_cast<std::int64_t>(1000 + random.below(1'000'000));
    }
    return process;
}

// Where the nodes are: all with us, each region in a host of its own, or each node.
enum class Spread { local, regions, nodes };

// Most addresses tell a node apart; some nodes have none, and some share one.
void place_node(Random& random, Node& node, Spread spread) {
    if (spread == Spread::regions) node.host = fmt::format("netns:r{}", node.region.value);
    if (spread == Spread::nodes) node.host = fmt::format("netns:n{}", node.id.value);
    if (random.chance(0.01)) return;
    node.addresses.push_back(random.chance(0.01) ? "10.0.0.1"
                                                 : fmt::format("10.0.1.{}", node.id.value + 1));
    if (random.chance(0.5)) node.addresses.push_back(fmt::format("fd00:{}::/64", node.id.value));
}

std::string random_name(Random& random, const Topology& topology) {
    constexpr std::array<const char*, 3> roles{"@primary", "@replica", "@replicas"};
    const auto& regions = topology.regions;
    const auto& nodes = topology.nodes;
    switch (random.below(8)) {
        case 0: return roles.at(random.below(roles.size()));
        case 1: return "clients:" + regions.at(random.below(regions.size())).name;
        case 2:
        case 3:
        case 4: return nodes.at(random.below(nodes.size())).name;
        default: return regions.at(random.below(regions.size())).name;
    }
}

Value random_groups(Random& random, const Topology& topology) {
    List groups;
    const auto count = 1 + random.below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        List group;
        const auto size = 1 + random.below(2);
        for (std::uint64_t j = 0; j < size; ++j) group.emplace_back(random_name(random, topology));
        groups.emplace_back(std::move(group));
    }
    return Value(std::move(groups));
}

Value random_choice(Random& random, std::string_view choices) {
    std::vector<std::string> all(1);
    for (const char letter : choices) {
        if (letter == '|') {
            all.emplace_back();
        } else {
            all.back() += letter;
        }
    }
    return Value(all.at(random.below(all.size())));
}

Value random_value(Random& random, const ParamSpec& spec, const Topology& topology,
                   const std::vector<const FaultKind*>& all) {
    const auto number = static_cast<std::int64_t>(1 + random.below(900));
    switch (spec.type) {
        case ParamType::duration: return Value(fmt::format("{}ms", number));
        case ParamType::share: return Value(random.unit());
        case ParamType::count: return Value(number);
        case ParamType::number: return Value(static_cast<double>(number));
        case ParamType::rate: return Value(fmt::format("{}KiB", number));
        case ParamType::flag: return Value(random.chance(0.5));
        case ParamType::name: return Value(random_name(random, topology));
        case ParamType::names:
            return Value(
                List{Value(random_name(random, topology)), Value(random_name(random, topology))});
        case ParamType::groups: return random_groups(random, topology);
        case ParamType::choice: return random_choice(random, spec.choices);
        case ParamType::strings: {
            const std::string verb = spec.name == "heal" ? "off" : "on";
            return Value(List{Value("switch"), Value(spec.name == "verify" ? "is-on" : verb),
                              Value("lamp")});
        }
        case ParamType::object: {
            const auto& inner = *all.at(random.below(all.size()));
            Params params = random_params(random, inner, topology, all);
            params["fault"] = Value(std::string(inner.name));
            return Value(std::move(params));
        }
        case ParamType::numbers: return Value(Params{{"a", Value(static_cast<double>(number))}});
        case ParamType::text: break;
    }
    return Value(std::string(all.at(random.below(all.size()))->name));
}

}  // namespace

Topology random_topology(Random& random) {
    Topology topology;
    const auto regions = 1 + random.below(4);
    const auto spread = static_cast<Spread>(random.below(3));
    const double hops = random.chance(0.3) ? 0 : 0.97;
    for (std::uint64_t r = 0; r < regions; ++r) {
        Region region{RegionId::of(r), fmt::format("region-{}", r), {}};
        const auto nodes = 1 + random.below(3);
        for (std::uint64_t n = 0; n < nodes; ++n) {
            Node node;
            node.id = NodeId::of(topology.nodes.size());
            node.name = fmt::format("node-{}-{}", r, n);
            node.region = region.id;
            node.role = random.chance(0.2) ? "primary" : random.chance(0.7) ? "replica" : "";
            node.endpoint = {"127.0.0.1", static_cast<std::uint16_t>(7000 + node.id.value)};
            node.process = random_process(random, node.name);
            place_node(random, node, spread);
            region.nodes.push_back(node.id);
            topology.nodes.push_back(node);
        }
        topology.regions.push_back(region);
    }
    for (const auto& to : topology.nodes) {
        for (const auto& from : topology.nodes) {
            if (from.id == to.id) continue;
            add_link(random, topology, from.name,
                     {{}, "", false, from.id, from.region, to.id, {}, {}}, hops);
        }
        for (const auto& from : topology.regions) {
            add_link(random, topology, "clients:" + from.name,
                     {{}, "", true, {}, from.id, to.id, {}, {}}, hops);
        }
    }
    return topology;
}

std::vector<Role> random_roles(Random& random, const Topology& topology) {
    if (random.chance(0.3)) return {};
    std::vector<Role> roles;
    for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
        roles.push_back(static_cast<Role>(random.below(4)));
    }
    return roles;
}

Params random_params(Random& random, const FaultKind& kind, const Topology& topology,
                     const std::vector<const FaultKind*>& all) {
    Params params;
    for (const auto& spec : kind.params) {
        if (!spec.required && random.chance(0.6)) continue;
        params[std::string(spec.name)] = random_value(random, spec, topology, all);
    }
    return params;
}

}  // namespace gameday::test
