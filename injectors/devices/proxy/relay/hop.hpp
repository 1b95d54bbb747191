// Hop: what one shard has of the proxy of one link: a listener, connections, counters.
//
// After start() every call is made on the shard's thread or while the shard stands still, so it
// needs no lock. The rules are the relay's.
#pragma once

#include "injectors/devices/proxy/relay/connection.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::proxy {

class Shard;

class Hop {
 public:
    // Takes over a descriptor that listens. `shard` and `common` outlive the hop.
    Hop(Shard& shard, LinkCommon& common, int listener);

    void listen_with(int listener);  // instead of the one so far
    [[nodiscard]] StreamAddress listens_at() const;
    void start();           // to accept
    void stop_accepting();  // until it is started again
    void close();           // the listener and every connection
    void close_connections();
    // After close(): whether no handler under way refers to the hop any more.
    [[nodiscard]] bool idle() const { return !accepting_ && !retrying_; }

    // The steps of a change of rules: first the filter at the door; then those whom the kernel has
    // connected already, who are older than the rule about to come; then what a new rule does to
    // the connections there are; then what they obey from now on.
    void filter_listener(const LinkRules& rules);
    void take_waiting_clients();
    void bite_at_once(const FaultRule& fault);
    void apply();
    // Adds the numbers of the connections that the fault meets.
    void add_met(const FaultRule& fault, std::vector<std::uint64_t>& numbers) const;
    void count_packets();  // that filters have taken so far
    void forget(FaultId fault) { state_.bites.erase(fault); }
    [[nodiscard]] const LinkState& state() const { return state_; }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }
    // Of the last connections that are over, and of those there are.
    void add_records(std::vector<ConnectionRecord>& records) const;
    void add_live(std::vector<ConnectionRecord>& records) const;  // of the latter alone
    [[nodiscard]] RecordLog& log() { return log_; }
    [[nodiscard]] const RecordLog& log() const { return log_; }

 private:
    using Acceptor = net::basic_socket_acceptor<net::generic::stream_protocol, Executor>;
    using Connections = std::map<std::uint64_t, std::shared_ptr<Connection>>;

    void accept_next();
    void accept_later();
    bool take_clients(int most);
    void accepted(int client);
    void over(std::uint64_t number);
    void dial(const std::shared_ptr<Connection>& connection);
    void dial(const std::shared_ptr<Connection>& connection, const Endpoint& target,
              const std::optional<StreamAddress>& address);
    void answer(const std::shared_ptr<Connection>& connection, const tls::ClientHello& hello);
    void route(const std::shared_ptr<Connection>& connection, const tls::ClientHello& hello,
               std::optional<tls::Fault> fault);
    void terminate(const std::shared_ptr<Connection>& connection, const std::string& name,
                   std::optional<tls::Fault> fault, std::function<void()> done);
    void admit_first(const std::shared_ptr<Connection>& connection);
    void admit_held();
    void drop_held_without_client();
    [[nodiscard]] std::vector<std::shared_ptr<Connection>> live() const;

    Poller& poller_;
    ReadBuffer& scratch_;
    LinkState state_;
    net::ip::tcp::resolver resolver_;
    Acceptor acceptor_;
    Timer retry_;
    PacketGate gate_;               // of the listener
    bool gate_was_closed_ = false;  // what it accepts may have inherited a filter
    Connections connections_;
    RecordLog log_;
    std::size_t held_at_sweep_ = 64;
    bool listening_ = false;
    bool accepting_ = false;
    bool retrying_ = false;
};

}  // namespace gameday::devices::proxy
