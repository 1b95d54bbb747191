// UdpRelay: the proxy of one UDP service. Each client has a session: a socket of its own to the
// upstream, so that answers find back, and two flows. Sessions end when nobody has said anything
// for a while, or when there are too many. Shard thread only, but for open() and listens_at().
#pragma once

#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/system_error.hpp"
#include "injectors/devices/proxy/relay/flow.hpp"
#include "injectors/devices/proxy/relay/unreachable.hpp"
#include "injectors/proxy_server/udp/datagram_rule.hpp"
#include "injectors/proxy_server/udp/udp_socket.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <utility>

namespace gameday::proxy_server::udp {

struct SessionLimits {
    std::size_t count = 1000;  // the one that has been quiet for longest makes room
    Duration idle = std::chrono::seconds(60);
};

// Bytes; index: 0 to, 1 from.
struct Bytes {
    std::array<std::uint64_t, 2> received{}, sent{};
};

// The rule of a direction (to or from) of the session of that number.
using RuleOf = std::function<DatagramRule(Direction way, std::uint64_t session)>;

class UdpRelay : public std::enable_shared_from_this<UdpRelay> {
 public:
    // `context` and `scratch` outlive the relay.
    UdpRelay(net::io_context& context, ReadBuffer& scratch, const SessionLimits& limits = {});

    // Binds; before start(). A target with a name is looked up for each session.
    boost::system::error_code open(const UdpEndpoint& listen, const Endpoint& target);
    [[nodiscard]] UdpEndpoint listens_at() const;
    void start();
    void close();

    void follow(RuleOf rule);          // for live sessions, too
    void aim(const Endpoint& target);  // for sessions still to come
    void end_sessions();               // a client that says something more gets another one
    void drain(bool drains);           // no new sessions; their datagrams are lost
    // Tells why the target cannot be reached; before start().
    void tell_unreachable(Unreachable::Say say) { unreachable_.tell(std::move(say)); }
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
    [[nodiscard]] std::uint64_t begun() const { return next_; }  // sessions so far
    [[nodiscard]] const Bytes& carried() const { return carried_; }

 private:
    class Session;
    using Order = std::list<std::shared_ptr<Session>>;  // by last use, the oldest first

    void receive_next();
    void take(std::span<const char> datagram, const Origin& origin);
    std::shared_ptr<Session> session_of(const Origin& origin);
    void dial(const std::shared_ptr<Session>& session);
    void end(const std::shared_ptr<Session>& session);
    void upstream_refuses();
    void sweep_later();
    void sweep();

    ReadBuffer& scratch_;
    const SessionLimits limits_;
    Endpoint target_;
    UdpSocket listener_;
    net::ip::udp::resolver resolver_;
    Timer sweep_, refusal_;
    RuleOf rule_;
    Order order_;
    std::map<UdpEndpoint, Order::iterator> sessions_;
    Bytes carried_;
    Unreachable unreachable_;
    std::uint64_t next_ = 0;
    bool open_ = false, drains_ = false, sweeping_ = false;
};

}  // namespace gameday::proxy_server::udp
