// Where an endpoint is, and what went wrong on the way to it.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace gameday::drivers {

// Blocks while it asks a resolver for a name; a numeric address is itself. In the resolver's order,
// each once. `failed` when the name leads nowhere.
Result<std::vector<boost::asio::ip::tcp::endpoint>> resolve(const Endpoint& endpoint);

// The addresses of nodes, as servers that know their own say: "127.0.0.1:5432". A node may have a
// name; one that leads nowhere is nobody's. Blocks as resolve() does.
void add_addresses(ServerNames& servers, const Topology& topology);

// What a socket error means: http/README.md has the table.
Cause cause_of(const boost::system::error_code& error);

}  // namespace gameday::drivers
