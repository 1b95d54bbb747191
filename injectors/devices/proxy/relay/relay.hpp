// Relay: the proxy of one link: a hop on every shard, and the rules that all of them obey.
//
// Every call but open() and listens_at() is made inside Shards::run, so that it is one step: no
// shard sees it half done, and on return it is in force on all.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/listeners.hpp"
#include "injectors/devices/proxy/net/unix_listener.hpp"
#include "injectors/devices/proxy/relay/hop.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::devices::proxy {

class Shards;

// Bytes read and written so far; index: 0 to, 1 from.
struct Carried {
    std::array<std::uint64_t, 2> received{}, sent{};
};

// Connections so far.
struct Tally {
    std::size_t open = 0;
    std::uint64_t accepted = 0;
    EndCounts ended{};           // of those that are over
    std::uint64_t not_http = 0;  // that met HTTP faults and turned out not to be HTTP/1
};

class Relay {
 public:
    // Opens nothing yet. `shards` outlive the relay; `filters`: whether packets may be filtered.
    Relay(Shards& shards, std::string link, std::uint64_t seed, bool filters = false);

    // Binds and listens; before start(). Fails with `refused` and the address when it is taken.
    Result<void> open(const net::ip::tcp::endpoint& listen, const net::ip::tcp::endpoint& target);
    // A target that is a name is looked up for each connection, and its addresses tried in turn.
    Result<void> open(const net::ip::tcp::endpoint& listen, const Endpoint& target);
    // The same, with the system's own error. A target with a name is looked up at each dial; one
    // that nobody knows is like one that refuses.
    boost::system::error_code try_open(const net::ip::tcp::endpoint& listen,
                                       const Endpoint& target);
    // The same on a Unix socket, whose file gets the mode given; see UnixListener::open.
    boost::system::error_code try_open(const std::string& path, mode_t mode,
                                       const Endpoint& target);
    [[nodiscard]] StreamAddress listens_at() const;

    void start();
    // The same target for the connections there are, another one for those still to come.
    void aim(const Endpoint& target);
    // Of clients still to come; what they name has been loaded. Null: TLS is none of ours.
    void secure(std::shared_ptr<const tls::Settings> settings) {
        common_.tls = std::move(settings);
    }
    // Tells why the target cannot be reached, on any thread; before start().
    void tell_unreachable(Unreachable::Say say) { common_.unreachable.tell(std::move(say)); }
    // What clients see of a target that refuses: FIN, or RST as they do when nothing is said.
    void show_refusals_as_fin(bool fin) { common_.refusal_is_fin = fin; }
    void close();  // the listeners and every connection
    void close_connections();
    // After close(): whether no handler under way refers to the relay any more.
    [[nodiscard]] bool idle() const;

    // Instead of the fault's rule so far.
    void set(FaultId id, const Rule& rule);
    void clear(FaultId id);   // fine when there is none
    void forget(FaultId id);  // what it has met, too; its rule is cleared already
    // Makes several calls of those two, which connections there are obey at the end, at once.
    template <class Work>
    void together(Work work) {
        together_ = true;
        work();
        together_ = false;
        if (std::exchange(to_apply_, false)) apply();
    }
    // Of a budget that other links have a part in, too, this link's is so many bytes a second;
    // nothing instead of a budget: it has no part in any.
    void share(std::shared_ptr<Budget> budget, std::int64_t rate);
    // Packets, chunks and connections the fault has met; nothing when it never had a rule here. A
    // refusal is the kernel's answer and cannot be counted.
    [[nodiscard]] std::optional<std::int64_t> bites(FaultId id) const;
    [[nodiscard]] Carried carried() const;
    [[nodiscard]] std::size_t connections() const;
    // Of the connections there are and the last that are over, in order of their numbers.
    [[nodiscard]] std::vector<ConnectionRecord> records() const;
    void add_records(std::vector<ConnectionRecord>& records) const;  // the same in no order
    [[nodiscard]] Tally tally() const;
    // From now on every shard keeps the records of so many connections that are over until
    // somebody takes them, instead of the last ones.
    void keep_records(std::size_t most_a_shard);
    void take_records(HandedOver& to);
    [[nodiscard]] std::vector<ConnectionRecord> live_records() const;

 private:
    [[nodiscard]] std::shared_ptr<const http::ArmedFault> arm(FaultId id,
                                                              const http::Fault& fault) const;
    void apply();
    void choose_strikes(FaultRule& fault) const;
    void open_or_close_listeners();
    boost::system::error_code listen_once_more();
    void refuse();

    Shards& shards_;
    LinkCommon common_;
    Listeners listeners_;               // of the hops
    std::optional<UnixListener> unix_;  // then instead
    std::vector<std::unique_ptr<Hop>> hops_;
    bool started_ = false, listening_ = false;
    bool together_ = false, to_apply_ = false;
};

}  // namespace gameday::devices::proxy
