// Remote: a place that an HttpClient connects to, with what it has learned of it, and the names
// that lead from one to another (redirects).
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/access.hpp"
#include "harness/drivers/http/connection.hpp"
#include "harness/ports/client.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

struct Remote {
    NodeId node;
    std::string host;    // "localhost:8080", as in the scenario
    std::string server;  // the node's own address, without a port: whom a certificate names
    TlsTarget tls{};
    std::vector<boost::asio::ip::tcp::endpoint> addresses;  // in the order of the resolver
    std::size_t preferred = 0;  // the address that took the last connection
    std::vector<boost::intrusive_ptr<Connection>> idle{};  // the last one was used last
    // By address: connections, failures, and why the last one failed.
    std::vector<std::uint64_t> taken{}, passed_over{};
    std::vector<Cause> why{};
};

// Blocks while it asks a resolver for a name; a numeric address is itself. `failed` when the name
// leads nowhere. `home`: where the node itself listens, which may be behind a hop.
Result<Remote> resolve_remote(NodeId node, const Endpoint& endpoint, const Endpoint& home);

// The one that the context names; with `all`, behind it all other nodes as the clients of its
// region reach them (those of no region: around the hops). Fails also as open_tls does.
Result<std::vector<Remote>> resolve_remotes(const ClientContext& context, const HttpAccess& access,
                                            bool all);

// "Location: http://host:port/path" in parts. `host`: "" when it names none, and so leads to the
// one who says it. Nothing when it is neither this nor a path.
struct Redirect {
    std::string host, path;
    bool encrypted = false;
};
std::optional<Redirect> read_redirect(std::string_view location);

// The index of the remote that a redirect's host means: by where clients connect to, or by where
// the node itself listens. `encrypted` tells the port where the host has none.
std::optional<std::size_t> find_remote(const std::vector<Remote>& remotes, const Topology& topology,
                                       std::string_view host, bool encrypted);

// `request`, which head_text made, with another path, and another host unless it is "".
std::string led_on(std::string_view request, std::string_view path, std::string_view host);

// Which address of a name took the connections; nothing for a name with one address.
void add_address_notes(const Remote& remote, std::vector<ClientNote>& notes);

}  // namespace gameday::drivers
