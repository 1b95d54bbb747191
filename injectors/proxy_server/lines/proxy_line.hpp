// ProxyLine: what carries one proxy, whatever its protocol. After open() it is called only while
// the shards stand still (Shards::run).
#pragma once

#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/system_error.hpp"
#include "injectors/devices/proxy/relay/budget.hpp"
#include "injectors/devices/proxy/relay/relay.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"
#include "injectors/devices/proxy/relay/upstream_watch.hpp"
#include "injectors/proxy_server/api/data_plane.hpp"
#include "injectors/proxy_server/names.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

class ProxyLine {
 public:
    virtual ~ProxyLine() = default;
    // Binds, and returns the address; nobody is served yet. Fails as DataPlane::open does.
    virtual Result<std::string> open(const std::string& listen, const std::string& upstream,
                                     const Extras& extras) = 0;
    virtual void start() = 0;
    virtual void close() = 0;
    // After close(): whether no handler under way refers to it any more.
    [[nodiscard]] virtual bool idle() const = 0;
    // These toxics and extras instead of those so far. Toxics that are the same as before keep what
    // they have drawn and counted.
    virtual void put(const std::vector<Toxic>& toxics, const Extras& extras) = 0;
    // Where connections go from now on; those there are stay where they are, or are closed.
    virtual void aim(const std::string& upstream, bool keeps_connections) = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    [[nodiscard]] virtual Traffic traffic() const = 0;
    [[nodiscard]] virtual ProxyCounts counts() const = 0;
    // Of the connections there are and the last that are over, in no order.
    [[nodiscard]] virtual std::vector<ConnectionRecord> records() const { return {}; }
    // As a record has it. Needs no standstill: only put() changes it.
    [[nodiscard]] virtual std::string fault_name(FaultId) const { return {}; }
};

// What lines have in common; outlives them.
struct LineMeans {
    Budgets& budgets;
    boost::asio::io_context& watch;  // of a thread that may tell the shards something
    bool filters;                    // whether packets may be filtered here
    // Is told, on any thread, why the upstream of a proxy cannot be reached; may be empty.
    std::function<void(const std::string&)> say{};
};

// `shards` outlive the line. Draws are those of the seed and the name.
std::unique_ptr<ProxyLine> make_tcp_line(Shards& shards, const std::string& name,
                                         std::uint64_t seed, const LineMeans& means);
std::unique_ptr<ProxyLine> make_udp_line(Shards& shards, const std::string& name,
                                         std::uint64_t seed, const LineMeans& means);

// What `means.say` is told of the proxy of that name.
std::function<void(const std::string&)> unreachable_line(const LineMeans& means,
                                                         const std::string& name);

// Host and port of an upstream; of one that cannot be read, see check_upstream(), neither.
Endpoint target_of(const std::string& upstream);
// The seed of the draws of one toxic.
std::uint64_t draws_of(std::uint64_t seed, const std::string& proxy, const Toxic& toxic);

// A listen address of a network ("tcp", "udp"), looked up; `text` is how errors show it.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;
    std::string text;
};
// Both fail or say in Go's words: "listen tcp 127.0.0.1:3310: bind: address already in use".
Result<ListenAddress> listen_address(std::string_view network, const std::string& listen);
Error cannot_bind(std::string_view network, const ListenAddress& at,
                  const boost::system::error_code& error);

}  // namespace gameday::proxy_server
