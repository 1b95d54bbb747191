// Hop: the proxy of one link: its listener, its connections and the rules in force on it.
//
// A hop lives on one shard: after start() every call is made on that shard's thread, so it needs no
// lock, and what it shares between its connections (the rate of the link, the counters) is exact.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/connection.hpp"
#include "injectors/devices/proxy/rules.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::proxy {

class Hop {
 public:
    // Opens nothing yet. `context` and `scratch` are the shard's and outlive the hop.
    Hop(net::io_context& context, Scratch& scratch, std::string link, std::uint64_t seed);

    // Binds and listens; before start(). Fails with `refused` and the address when it is taken.
    Result<void> open(const net::ip::tcp::endpoint& listen, const net::ip::tcp::endpoint& target);
    // The same, with the system's own error. A target with a name is looked up at each dial; one
    // that nobody knows is like one that refuses.
    boost::system::error_code try_open(const net::ip::tcp::endpoint& listen,
                                       const Endpoint& target);
    // The same target for the connections there are, another one for those still to come.
    void aim(const Endpoint& target);
    [[nodiscard]] net::ip::tcp::endpoint listens_at() const;
    void start();
    void close();  // the listener and every connection
    // After close(): whether no handler under way refers to the hop any more.
    [[nodiscard]] bool idle() const { return !accepting_ && !retrying_; }

    // Instead of the fault's rule so far; in force on return.
    void set(FaultId id, const Rule& rule, const Twist& twist = {});
    void clear(FaultId id);  // fine when there is none
    // Chunks and connections the fault has met; nothing when it never had a rule here. A refusal is
    // the kernel's answer and cannot be counted.
    [[nodiscard]] std::optional<std::int64_t> bites(FaultId id) const;
    [[nodiscard]] const LinkState& state() const { return state_; }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
    using Acceptor = net::basic_socket_acceptor<net::ip::tcp, Executor>;
    using Connections = std::map<std::uint64_t, std::shared_ptr<Connection>>;

    void accept_next();
    void accepted(Socket client);
    void take_waiting_clients();
    void dial(const std::shared_ptr<Connection>& connection);
    void admit_first(const std::shared_ptr<Connection>& connection);
    void admit_held();
    void drop_held_without_client();
    void apply();
    void bite_at_once(const FaultRule& fault);
    void open_or_close_listener();
    [[nodiscard]] std::vector<std::shared_ptr<Connection>> live() const;

    Scratch& scratch_;
    LinkState state_;
    Endpoint target_;
    net::ip::tcp::endpoint target_address_;  // no port: to be looked up
    net::ip::tcp::resolver resolver_;
    Acceptor acceptor_;
    Timer retry_;
    LinkRules rules_;
    Connections connections_;
    std::uint64_t next_number_ = 0;
    std::size_t held_at_sweep_ = 64;
    bool listening_ = false;
    bool accepting_ = false;
    bool retrying_ = false;
};

}  // namespace gameday::devices::proxy
