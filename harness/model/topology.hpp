// The system under test as the scenario describes it: regions, nodes, and the links between them.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/result.hpp"
#include "harness/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// Where something listens: a numeric IPv4/IPv6 address or a host name, and a TCP port.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;

    [[nodiscard]] std::string text() const;  // "127.0.1.1:7000", "[::1]:7000"
    bool operator==(const Endpoint&) const = default;
    auto operator<=>(const Endpoint&) const = default;
};

// Reads "127.0.1.1:7000", "[::1]:7000" or "host:7000".
Result<Endpoint> parse_endpoint(std::string_view text);

// Whether the text is a numeric IPv4 or IPv6 address, or a prefix with no bits behind it:
// "10.0.0.7", "10.0.0.0/8", "fd00::/64". Fails with `invalid` and says what to write.
Result<void> check_address(std::string_view text);
// The place where the packets of a node can be touched: "local", "netns:NAME" (a name of `ip netns
// list`) or "pid:N" (the network namespace of a process). Fails like check_address.
Result<void> check_host(std::string_view text);

// How the process device finds and restarts the process of a node. All optional: without any of
// pid_file, pid, command_match the node's process cannot be touched; without restart it can be
// killed only if something else (systemd, a supervisor) brings it back and the scenario says so.
struct ProcessSpec {
    std::string pid_file;              // holds the pid in decimal
    std::int64_t pid = 0;              // 0: not given
    std::vector<std::string> restart;  // argv of the command that starts the process again
    std::string folder;                // where restart runs; "": where gameday runs
    Duration restart_timeout = std::chrono::seconds(20);
    bool operator==(const ProcessSpec&) const = default;
};

struct Node {
    NodeId id;
    std::string name;  // unique: "us-east-1"
    RegionId region;
    std::string role;            // declared initial role: "primary", "replica" or ""
    std::string host = "local";  // where its packets can be touched, see check_host
    Endpoint endpoint;  // where the node itself serves clients; probes use it, around the hops
    ProcessSpec process;
    std::vector<std::string> addresses{};  // what its packets carry, see check_address
    bool operator==(const Node&) const = default;
};

struct Region {
    RegionId id;
    std::string name;
    std::vector<NodeId> nodes;
    bool operator==(const Region&) const = default;
};

// One direction of dialling between two places. `from` is a node (peer traffic: replication) or,
// when from_clients is set, the clients of a region. Bytes flow both ways once connected.
struct Link {
    LinkId id;
    std::string name;  // "us-east-1->eu-west-1", "clients:us-east->eu-west-1", or its own
    bool from_clients = false;
    NodeId from_node;      // known unless from_clients
    RegionId from_region;  // always known
    NodeId to_node;
    std::optional<Endpoint>
        listen;       // the proxy hop the dialler uses; absent: no proxy on this link
    Endpoint target;  // where the hop leads
    bool operator==(const Link&) const = default;
};

struct Topology {
    std::vector<Region> regions;  // index = id
    std::vector<Node> nodes;
    std::vector<Link> links;

    [[nodiscard]] const Node& node(NodeId id) const { return nodes.at(id.index()); }
    [[nodiscard]] const Region& region(RegionId id) const { return regions.at(id.index()); }
    [[nodiscard]] const Link& link(LinkId id) const { return links.at(id.index()); }
    [[nodiscard]] std::optional<NodeId> find_node(std::string_view name) const;
    [[nodiscard]] std::optional<RegionId> find_region(std::string_view name) const;
    // The nodes meant by a name: a region's, or the one node's. Empty when nothing has that name.
    [[nodiscard]] std::vector<NodeId> nodes_named(std::string_view name) const;
    // Where clients of a region connect to reach a node: the hop of the first link between them, or
    // the node itself.
    [[nodiscard]] Endpoint client_endpoint(RegionId from, NodeId to) const;
    [[nodiscard]] const Link* client_link(RegionId from, NodeId to) const;
    [[nodiscard]] std::string node_name(NodeId id) const;      // "?" when not known
    [[nodiscard]] std::string region_name(RegionId id) const;  // "?" when not known
    [[nodiscard]] RegionId region_of(NodeId id) const;         // not known when id is not
    bool operator==(const Topology&) const = default;
};

}  // namespace gameday
