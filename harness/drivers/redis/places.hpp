// Where the sessions of a client connect to: RedisTarget, and the names that lead to its places.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/common/tls_stream.hpp"
#include "harness/drivers/redis/plan.hpp"
#include "harness/ports/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

struct RedisPlace {
    NodeId node;
    std::vector<boost::asio::ip::tcp::endpoint> addresses;  // in the order of the resolver
    // What sentinels and redirects call it: its own endpoint first, then the hop to it, the name of
    // the node, and the addresses of its endpoint.
    std::vector<std::string> names;
    std::string server{};  // the node's own address, without a port: whom a certificate names
};

struct RedisSentinel {
    std::string name;
    boost::asio::ip::tcp::endpoint address;
    std::string server;  // as in RedisPlace
};

// What the sessions of a client share; it outlives them.
struct RedisTarget {
    boost::asio::io_context& io;
    RedisPlan plan;
    std::vector<RedisPlace> places;        // the client's own first; others only where they are met
    std::vector<RedisSentinel> sentinels;  // none: the own place is where to connect to
    bool foreign_values = false;
    std::size_t preferred = 0;          // the sentinel that answered last
    std::shared_ptr<TlsContext> tls{};  // null: connections are not encrypted
};

// Blocks while it asks a resolver for names. `failed` when one leads nowhere, or a file of
// certificates cannot be read.
Result<RedisTarget> find_redis(const ClientContext& context, RedisPlan plan);

// The index of the place of that name.
std::optional<std::size_t> find_place(const RedisTarget& target, std::string_view name);

}  // namespace gameday::drivers
