#include "injectors/common/kernel_flows.hpp"

#include "injectors/common/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace gameday::faults {

namespace {

using Addresses = std::vector<std::string>;

Error wrong(std::string_view field, std::string message) {
    return Error{ErrorCode::invalid, std::move(message)}.within(std::string(field));
}

// Whom the packets of a node come from or go to, in one direction.
struct Peers {
    std::set<NodeId> nodes;
    bool clients = false;
};
using PeersOf = std::map<NodeId, Peers>;

void add(PeersOf& all, NodeId node, const Place& others) {
    Peers& peers = all[node];
    peers.nodes.insert(others.nodes.begin(), others.nodes.end());
    peers.clients = peers.clients || others.is_clients();
}

struct Ends {
    PeersOf ingress, egress;
};

Ends ends_of(const std::vector<Talk>& talks, End end) {
    Ends ends;
    for (const auto& [from, to] : talks) {
        const bool at_listener = from.is_clients() || (end == End::listener && !to.is_clients());
        for (const NodeId node : at_listener ? to.nodes : from.nodes) {
            add(at_listener ? ends.ingress : ends.egress, node, at_listener ? from : to);
        }
    }
    return ends;
}

Addresses addresses_of(const std::set<NodeId>& nodes, const Topology& topology) {
    Addresses all;
    for (const NodeId id : nodes) {
        for (const auto& address : topology.node(id).addresses) {
            if (std::ranges::find(all, address) == all.end()) all.push_back(address);
        }
    }
    return all;
}

std::set<NodeId> all_nodes(const Topology& topology) {
    std::set<NodeId> all;
    for (const auto& node : topology.nodes) all.insert(node.id);
    return all;
}

bool overlap(const std::string& one, const std::string& other) {
    const auto a = kernel::parse_prefix(one);
    const auto b = kernel::parse_prefix(other);
    if (!a || !b || a->v6 != b->v6) return false;
    const unsigned bits = std::min(a->length, b->length);
    for (unsigned bit = 0; bit < bits; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if (((a->address[bit / 8] ^ b->address[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

// The address that two nodes share, "" when none.
std::string shared_address(const Node& one, const Node& other) {
    for (const auto& a : one.addresses) {
        for (const auto& b : other.addresses) {
            if (overlap(a, b)) return a;
        }
    }
    return {};
}

Result<void> have_addresses(const std::set<NodeId>& nodes, std::string_view field,
                            const Topology& topology) {
    for (const NodeId id : nodes) {
        if (!topology.node(id).addresses.empty()) continue;
        return wrong(field, fmt::format("the node {} has no numeric address, declare its "
                                        "\"addresses\" under /system/regions",
                                        topology.node_name(id)));
    }
    return {};
}

// Addresses must tell the two ends of a talk apart, and both from nodes that it is not about.
Result<void> are_apart(const Ends& ends, const std::set<NodeId>& concerned, std::string_view field,
                       const Topology& topology) {
    const auto check = [&](NodeId one, NodeId other) -> Result<void> {
        const auto address = shared_address(topology.node(one), topology.node(other));
        if (address.empty()) return {};
        return wrong(field,
                     fmt::format("the nodes {} and {} share the address {}, so packets do "
                                 "not tell whose they are; declare \"addresses\" of their "
                                 "own under /system/regions",
                                 topology.node_name(one), topology.node_name(other), address));
    };
    for (const auto* side : {&ends.ingress, &ends.egress}) {
        for (const auto& [node, peers] : *side) {
            for (const NodeId peer : peers.nodes) {
                if (auto good = check(node, peer); !good) return good;
            }
        }
    }
    for (const NodeId node : concerned) {
        for (const auto& other : topology.nodes) {
            if (concerned.contains(other.id)) continue;
            if (auto good = check(node, other.id); !good) return good;
        }
    }
    return {};
}

Result<void> may_touch_everything(const std::string& host, bool allowed, std::string_view what,
                                  std::string_view otherwise) {
    if (host == "local") {
        return wrong(everything_spec.name,
                     fmt::format("{} all traffic of our own host, and gameday's with it; give the "
                                 "node a \"host\" of its own (\"netns:NAME\" or \"pid:N\"){}",
                                 what, otherwise));
    }
    if (allowed) return {};
    return wrong(everything_spec.name,
                 fmt::format("{} all traffic of {} but what is spared, write \"allow_everything\": "
                             "true{}",
                             what, host, otherwise));
}

// Puts a flow to its host; flows that differ in their own end alone become one.
void put(std::vector<HostFlows>& hosts, const std::string& host, kernel::Flow flow) {
    auto found = std::ranges::find(hosts, host, &HostFlows::host);
    if (found == hosts.end()) found = hosts.insert(hosts.end(), HostFlows{host, {}});
    for (auto& each : found->flows) {
        kernel::Flow same = flow;
        same.own = each.own;
        if (same != each) continue;
        for (auto& address : flow.own) {
            if (std::ranges::find(each.own, address) == each.own.end()) {
                each.own.push_back(std::move(address));
            }
        }
        return;
    }
    found->flows.push_back(std::move(flow));
}

// Addresses of nodes that stand in none of `hit`.
Addresses bystanders(const Addresses& hit, const Topology& topology) {
    auto rest = addresses_of(all_nodes(topology), topology);
    std::erase_if(rest, [&](const std::string& address) {
        return std::ranges::find(hit, address) != hit.end();
    });
    return rest;
}

void put_all(std::vector<HostFlows>& hosts, const PeersOf& all, kernel::Side side,
             const PlanContext& context) {
    const auto& topology = context.topology;
    for (const auto& [id, peers] : all) {
        kernel::Flow flow;
        flow.side = side;
        flow.own = topology.node(id).addresses;
        flow.spare = context.spare;
        flow.peers = addresses_of(peers.nodes, topology);
        if (peers.clients) {
            // Whoever is no node, and the peers: what is spared is spared by the whole action.
            const auto spared = bystanders(flow.peers, topology);
            flow.spare.insert(flow.spare.begin(), spared.begin(), spared.end());
            flow.peers.clear();
            flow.everything = true;
        }
        put(hosts, topology.node(id).host, std::move(flow));
    }
}

// Where clients are meant, all nodes of a host must be meant alike: what one of them spares is
// spared by all.
Result<void> are_alike(const PeersOf& all, std::string_view field, const Topology& topology) {
    for (const auto& [one, peers] : all) {
        for (const auto& [other, others] : all) {
            const bool alike = topology.node(one).host != topology.node(other).host ||
                               (peers.clients == others.clients && peers.nodes == others.nodes);
            if (alike || !peers.clients) continue;
            return wrong(field, fmt::format("the nodes {} and {} share the host {}, but not whom "
                                            "they are set against; leave the clients out, or name "
                                            "them in a fault of their own",
                                            topology.node_name(one), topology.node_name(other),
                                            topology.node(one).host));
        }
    }
    return {};
}

void note_shared(Touched& touched, const Ends& ends, const Topology& topology) {
    std::vector<std::string> hosts;
    for (const auto* side : {&ends.ingress, &ends.egress}) {
        for (const auto& [node, peers] : *side) {
            const auto& host = topology.node(node).host;
            const bool both = std::ranges::any_of(
                peers.nodes, [&](NodeId peer) { return topology.node(peer).host == host; });
            if (both && std::ranges::find(hosts, host) == hosts.end()) {
                hosts.push_back(host);
            }
        }
    }
    touched.shared = !hosts.empty();
    if (!touched.shared) return;
    touched.notes.push_back(
        fmt::format("nodes share the host {}: packets between them must carry the nodes' own "
                    "addresses on both ends, or they pass untouched",
                    fmt::join(hosts, ", ")));
}

using kernel::Protocol;

Protocol protocol_of(const std::string& text) {
    if (text == "tcp") return Protocol::tcp;
    if (text == "udp") return Protocol::udp;
    return text == "icmp" ? Protocol::icmp : Protocol::any;
}

std::vector<kernel::Flow> narrowed(const kernel::Flow& flow, const Packets& packets) {
    std::vector<Protocol> protocols{packets.protocol};
    // Ports are those of a protocol.
    if (packets.port != 0 && packets.protocol == Protocol::any) {
        protocols = {Protocol::tcp, Protocol::udp};
    }
    std::vector<kernel::Flow> flows;
    for (const auto protocol : protocols) {
        kernel::Flow each = flow;
        each.protocol = protocol;
        if (packets.port == 0) {
            flows.push_back(std::move(each));
            continue;
        }
        each.own_ports = {packets.port};
        flows.push_back(each);
        each.own_ports.clear();
        each.peer_ports = {packets.port};
        flows.push_back(std::move(each));
    }
    return flows;
}

}  // namespace

std::vector<Talk> talks_across(const std::vector<Group>& groups, Direction direction) {
    std::vector<Talk> talks;
    for (auto one = groups.begin(); one != groups.end(); ++one) {
        for (auto other = std::next(one); other != groups.end(); ++other) {
            for (const auto& a : one->places) {
                for (const auto& b : other->places) {
                    if (a.is_clients() && b.is_clients()) continue;
                    if (direction != Direction::from) talks.push_back({a, b});
                    if (direction != Direction::to) talks.push_back({b, a});
                }
            }
        }
    }
    return talks;
}

Result<Touched> touch(const std::vector<Talk>& talks, End end, bool allow_everything,
                      std::string_view field, const PlanContext& context) {
    const auto& topology = context.topology;
    const Ends ends = ends_of(talks, end);
    std::set<NodeId> concerned;
    bool clients = false;
    for (const auto& talk : talks) {
        concerned.insert(talk.from.nodes.begin(), talk.from.nodes.end());
        concerned.insert(talk.to.nodes.begin(), talk.to.nodes.end());
        clients = clients || talk.from.is_clients() || talk.to.is_clients();
    }
    if (concerned.empty()) return wrong(field, "names nobody who could be touched");
    if (auto good = have_addresses(clients ? all_nodes(topology) : concerned, field, topology);
        !good) {
        return good.error();
    }
    if (auto good = are_apart(ends, concerned, field, topology); !good) return good.error();
    for (const auto* side : {&ends.ingress, &ends.egress}) {
        if (auto good = are_alike(*side, field, topology); !good) return good.error();
        for (const auto& [node, peers] : *side) {
            if (!peers.clients) continue;
            auto good = may_touch_everything(
                topology.node(node).host, allow_everything,
                "clients are whoever is no node:", ", or leave the clients out");
            if (!good) return good.error();
        }
    }
    Touched touched;
    put_all(touched.hosts, ends.ingress, kernel::Side::ingress, context);
    put_all(touched.hosts, ends.egress, kernel::Side::egress, context);
    note_shared(touched, ends, topology);
    if (clients) {
        touched.notes.emplace_back(
            "clients are whoever is no node, wherever they are: those of all regions, probes too");
    }
    return touched;
}

Result<Touched> touch_border(const Region& region, bool allow_everything, bool both_ways,
                             const PlanContext& context) {
    const auto& topology = context.topology;
    const std::set<NodeId> inside(region.nodes.begin(), region.nodes.end());
    if (auto good = have_addresses(inside, "region", topology); !good) return good.error();
    if (auto good = are_apart({}, inside, "region", topology); !good) return good.error();
    Touched touched;
    for (const NodeId id : region.nodes) {
        const auto& host = topology.node(id).host;
        auto good = may_touch_everything(host, allow_everything, "a region that is gone loses", "");
        if (!good) return good.error();
        for (const auto& other : topology.nodes) {
            if (other.host != host || inside.contains(other.id)) continue;
            return wrong("region", fmt::format("{} is the host of {}, which is of another region; "
                                               "give each region hosts of its own",
                                               host, other.name));
        }
        kernel::Flow flow;
        flow.everything = true;
        flow.spare = addresses_of(inside, topology);
        flow.spare.insert(flow.spare.end(), context.spare.begin(), context.spare.end());
        put(touched.hosts, host, flow);
        if (!both_ways) continue;
        flow.side = kernel::Side::egress;
        put(touched.hosts, host, flow);
    }
    touched.notes.emplace_back(
        "all traffic of these hosts is hit, probes too, but what the region's nodes say to each "
        "other and what /safety/spare names");
    return touched;
}

Packets read_packets(ParamReader& reader) {
    Packets packets;
    packets.protocol = protocol_of(reader.text("protocol"));
    const auto port = reader.count("port");
    if (port > std::numeric_limits<std::uint16_t>::max()) {
        reader.fail("port", fmt::format("{} is no port, write 1 to 65535", port));
        return packets;
    }
    packets.port = static_cast<std::uint16_t>(port);
    if (port != 0 && packets.protocol == Protocol::icmp) {
        reader.fail("port", "icmp has none, leave it out or write another \"protocol\"");
    }
    if (!packets.are_all() && works_on_hops(reader.text("via"))) {
        reader.fail(port != 0 ? "port" : "protocol",
                    "needs a kernel device, write another \"via\" or none");
    }
    return packets;
}

void narrow(Touched& touched, const Packets& packets) {
    if (packets.are_all()) return;
    for (auto& host : touched.hosts) {
        std::vector<kernel::Flow> flows;
        for (const auto& flow : host.flows) {
            for (auto& each : narrowed(flow, packets)) flows.push_back(std::move(each));
        }
        host.flows = std::move(flows);
    }
}

}  // namespace gameday::faults
