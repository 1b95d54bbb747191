// system: launched, or described as it stands.
#include "harness/model/params.hpp"
#include "harness/scenario/draft.hpp"
#include "harness/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <map>
#include <utility>

namespace gameday::scenario {

namespace {

using Used = std::map<std::string, std::string>;  // name or endpoint → pointer of its first use

// Fails when the text is in use already.
void claim(Used& used, const Reader& place, const std::string& text) {
    const auto [first, fresh] = used.emplace(text, place.pointer());
    if (!fresh) {
        place.fail(fmt::format("\"{}\" is taken by {}, write another", text, first->second));
    }
}

std::optional<Endpoint> read_endpoint(const Reader& place) {
    const auto text = place.word();
    if (!text) return std::nullopt;
    auto parsed = parse_endpoint(*text);
    if (parsed) return *parsed;
    place.fail(parsed.error().message);
    return std::nullopt;
}

void read_process(Reader& node, ProcessSpec& process) {
    Reader place = node.member("process");
    if (!place.expect_object()) return;
    const Reader pid_file = place.member("pid_file");
    process.pid_file = pid_file.text().value_or("");
    const Reader pid = place.member("pid");
    process.pid = pid.count(2).value_or(0);
    if (pid.present() && pid_file.present()) {
        pid.fail("stands beside pid_file, write one of the two");
    }
    process.restart = place.member("restart").argv();
    process.restart_timeout = positive_or(place, "restart_timeout", process.restart_timeout);
    place.refuse_unknown();
}

void read_node(Reader place, RegionId region, Topology& topology, Used& names, Used& listeners) {
    if (!place.expect_object()) return;
    Node node;
    node.id = NodeId::of(topology.nodes.size());
    node.region = region;
    const Reader name = place.member("name");
    if (!name.present()) {
        name.fail("is missing, write a name for the node, for example \"us-east-1\"");
    }
    node.name = read_name(name).value_or("");
    if (!node.name.empty()) claim(names, name, node.name);
    const Reader endpoint = place.member("endpoint");
    if (!endpoint.present()) {
        endpoint.fail("is missing, write where the node serves, for example \"127.0.1.1:7000\"");
    }
    node.endpoint = read_endpoint(endpoint).value_or(Endpoint());
    if (node.endpoint.port != 0) claim(listeners, endpoint, node.endpoint.text());
    constexpr std::array<std::string_view, 2> roles{"primary", "replica"};
    if (const auto role = place.member("role").choice(roles)) node.role = roles.at(*role);
    const Reader host = place.member("host");
    node.host = host.word().value_or("local");
    if (const auto good = check_host(node.host); !good) host.fail(good.error().message);
    const Reader addresses = place.member("addresses");
    node.addresses = read_addresses(addresses);
    if (!addresses.present() && !node.endpoint.address.empty()) {
        node.addresses = {node.endpoint.address};
    }
    read_process(place, node.process);
    place.refuse_unknown();
    topology.regions.at(region.index()).nodes.push_back(node.id);
    topology.nodes.push_back(std::move(node));
}

void read_regions(Reader& system, Topology& topology, Used& listeners) {
    Used names;
    const Reader regions = system.member("regions");
    if (!regions.present()) {
        regions.fail(
            "is missing, write the regions and their nodes, or \"launch\" for a system to start");
    }
    if (regions.is<List>() && regions.value()->as<List>()->empty()) {
        regions.fail("is empty, write at least one region");
    }
    for (Reader place : regions.list()) {
        if (!place.expect_object()) continue;
        Region region;
        region.id = RegionId::of(topology.regions.size());
        const Reader name = place.member("name");
        if (!name.present()) {
            name.fail("is missing, write a name for the region, for example \"us-east\"");
        }
        region.name = read_name(name).value_or("");
        if (!region.name.empty()) claim(names, name, region.name);
        topology.regions.push_back(region);
        const Reader nodes = place.member("nodes");
        const auto items = nodes.list();
        if (items.empty() && (!nodes.present() || nodes.is<List>())) {
            nodes.fail(
                "is empty, write at least one node: "
                "[{\"name\": \"us-east-1\", \"endpoint\": \"127.0.1.1:7000\"}]");
        }
        for (const Reader& node : items) read_node(node, region.id, topology, names, listeners);
        place.refuse_unknown();
    }
}

// The node of that name; fails when there is none.
std::optional<NodeId> find_node(const Reader& place, const std::string& name,
                                const Topology& topology) {
    const auto found = topology.find_node(name);
    if (found) return found;
    std::vector<std::string> known;
    for (const auto& node : topology.nodes) known.push_back(node.name);
    place.fail(not_known(name, "node of the system", known));
    return std::nullopt;
}

bool read_from(const Reader& place, Link& link, const Topology& topology) {
    constexpr std::string_view clients = "clients:";
    if (!place.present()) {
        place.fail("is missing, write a node, or \"clients:\" and a region");
        return false;
    }
    const auto from = place.word();
    if (!from) return false;
    if (!from->starts_with(clients)) {
        const auto node = find_node(place, *from, topology);
        if (!node) return false;
        link.from_node = *node;
        link.from_region = topology.region_of(*node);
        return true;
    }
    const auto name = from->substr(clients.size());
    const auto region = topology.find_region(name);
    if (!region) {
        place.fail(not_known(name, "region of the system", region_names(topology)));
        return false;
    }
    link.from_clients = true;
    link.from_region = *region;
    return true;
}

void read_link(Reader place, Topology& topology, Used& links, Used& listeners) {
    if (!place.expect_object()) return;
    Link link;
    link.id = LinkId::of(topology.links.size());
    const Reader from = place.member("from");
    const bool from_good = read_from(from, link, topology);
    const Reader to = place.member("to");
    if (!to.present()) to.fail("is missing, write the node that is dialled");
    const auto to_name = to.word();
    const auto node = to_name ? find_node(to, *to_name, topology) : std::nullopt;
    const Reader listen = place.member("listen");
    link.listen = read_endpoint(listen);
    const Reader target = place.member("target");
    const auto target_endpoint = read_endpoint(target);
    const auto own_name = read_name(place.member("name"));
    place.refuse_unknown();
    if (link.listen) claim(listeners, listen, link.listen->text());
    if (!from_good || !node) return;
    link.to_node = *node;
    link.target = target_endpoint.value_or(topology.node(*node).endpoint);
    if (!target.present()) target.took_default(link.target.text());
    if (link.from_node.known() && link.from_node == link.to_node) {
        to.fail(fmt::format("\"{}\" dials itself, write another node", *to_name));
        return;
    }
    link.name = own_name.value_or(fmt::format("{}->{}", *from.word(), *to_name));
    const auto [first, fresh] = links.emplace(link.name, place.pointer());
    if (!fresh) {
        place.fail(
            fmt::format("the link {} stands at {} already, remove one, or give it a \"name\"",
                        link.name, first->second));
        return;
    }
    topology.links.push_back(std::move(link));
}

// Regions and links of `place`, which is the file's system or what a launched one says of itself.
bool read_topology(Reader& place, Topology& topology) {
    const auto errors = place.log().errors.size();
    Used listeners;
    read_regions(place, topology, listeners);
    if (place.log().errors.size() == errors) {
        Used links;
        for (const Reader& link : place.member("links").list()) {
            read_link(link, topology, links, listeners);
        }
    } else {
        place.member("links");  // its names cannot be checked, but the key is known
    }
    return place.log().errors.size() == errors;
}

void read_launch_commands(Reader& described, LaunchSpec& launch) {
    Reader place = described.member("launch");
    if (!place.expect_object()) return;
    launch.folder = place.member("folder").text().value_or("");
    launch.up = place.member("up").argv();
    launch.down = place.member("down").argv();
    launch.timeout = place.member("timeout").duration().value_or(launch.timeout);
    place.refuse_unknown();
}

// Asks what the launched system looks like, unless the file has it from an earlier run.
void describe(const Reader& launch, const ParseOptions& options, Reader& root, Draft& draft) {
    auto& spec = draft.scenario.launch;
    if (const Value* saved = root.value()->find("$described")) {
        draft.described = *saved;
        return;
    }
    if (!options.describe) {
        launch.fail(fmt::format("\"{}\" cannot be launched here, describe its regions", spec.name));
        return;
    }
    auto answer = options.describe(spec.name, spec.parameters);
    if (answer) {
        draft.described = std::move(*answer);
    } else {
        launch.log().fail(launch.pointer(), answer.error().message, answer.error().code);
    }
}

// Puts ${NAME} back where it stood: the journal, which outlives the run, must hold no secret. A
// duration that the time scale has changed stays as it is; durations are no secrets.
void keep_variables(Value& scaled, const Value& declared, const Value& expanded) {
    if (declared.as<std::string>() != nullptr) {
        if (scaled == expanded) scaled = declared;
    } else if (auto* list = scaled.as<List>()) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            keep_variables((*list)[i], declared.as<List>()->at(i), expanded.as<List>()->at(i));
        }
    } else if (auto* object = scaled.as<Params>()) {
        for (auto& [name, each] : *object) {
            keep_variables(each, *declared.find(name), *expanded.find(name));
        }
    }
}

}  // namespace

void read_system(Reader& root, const ParseOptions& options, Draft& draft) {
    Reader system = root.member("system");
    draft.topology_known = false;
    if (!system.present()) {
        system.fail(
            "is missing, write {\"launch\": \"regions\"} for the reference system, or "
            "describe the regions and nodes of yours");
    }
    if (!system.expect_object()) return;
    const Reader launch = system.member("launch");
    if (!launch.present()) {
        draft.topology_known = read_topology(system, draft.scenario.topology);
        system.refuse_unknown();
        return;
    }
    auto& spec = draft.scenario.launch;
    const auto name = read_name(launch);
    if (!name) return;
    spec.name = *name;
    const Value expanded = system.raw();
    Value scaled = expanded;
    scale_durations(scaled, system.log().time_scale);
    spec.parameters = *scaled.as<Params>();
    describe(launch, options, root, draft);
    if (!draft.described) return;
    keep_variables(scaled, *system.value(), expanded);
    spec.parameters = std::move(*scaled.as<Params>());
    Reader described(&*draft.described, nullptr, "/$described", system.log(), false);
    if (!described.expect_object()) return;
    draft.topology_known = read_topology(described, draft.scenario.topology);
    read_launch_commands(described, spec);
    // Its restart commands run where its other commands do.
    for (auto& node : draft.scenario.topology.nodes) node.process.folder = spec.folder;
    described.member("load");
    described.member("probes");
    described.refuse_unknown();
}

void check_region(const Reader& place, std::string_view name, const Draft& draft) {
    if (!draft.topology_known || draft.scenario.topology.find_region(name)) return;
    place.fail(not_known(name, "region of the system", region_names(draft.scenario.topology)));
}

void check_positive(const Reader& place, std::optional<Duration> duration) {
    if (duration && *duration <= Duration::zero()) {
        place.fail(fmt::format("{} is no time at all, write a duration longer than \"0s\"",
                               seen(*place.value())));
    }
}

Duration positive_or(Reader& object, std::string_view name, Duration otherwise) {
    const auto result = object.duration_or(name, otherwise);
    if (result > Duration::zero()) return result;
    check_positive(object.member(name), result);
    return otherwise;
}

// RFC 1123, section 2.1: labels of letters, digits and "-"; the last one is not a number, so that
// an address with a mistake in it is no name.
bool is_host_name(std::string_view text) {
    const auto is_part = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    };
    if (text.empty() || text.size() > 253 || !std::all_of(text.begin(), text.end(), is_part)) {
        return false;
    }
    if (text.front() == '.' || text.find("..") != std::string_view::npos) return false;
    const auto last = text.substr(text.rfind('.', text.size() - 2) + 1);
    return std::any_of(last.begin(), last.end(),
                       [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

std::vector<std::string> read_addresses(const Reader& place) {
    std::vector<std::string> addresses;
    for (const Reader& each : place.one_or_list()) {
        const auto address = each.word();
        if (!address) continue;
        const auto good = check_address(*address);
        if (!good && !is_host_name(*address)) {
            const bool prefix = address->find('/') != std::string::npos;
            each.fail(good.error().message + (prefix ? "" : ", or a name such as \"db1.example\""));
        }
        addresses.push_back(*address);
    }
    if (place.is<List>() && place.value()->as<List>()->empty()) {
        place.fail("is empty, write addresses or leave it out");
    }
    return addresses;
}

std::vector<std::string> region_names(const Topology& topology) {
    std::vector<std::string> names;
    for (const auto& region : topology.regions) names.push_back(region.name);
    return names;
}

std::optional<std::string> read_name(const Reader& place) {
    auto name = place.word();
    if (!name) return std::nullopt;
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (!name->empty() && name->front() != '.' && name->front() != '-' &&
        name->find_first_not_of(allowed) == std::string::npos) {
        return name;
    }
    place.fail(
        fmt::format("\"{}\" is no name, write letters, digits and \".\", \"_\" or \"-\" "
                    "between them",
                    *name));
    return std::nullopt;
}

}  // namespace gameday::scenario
