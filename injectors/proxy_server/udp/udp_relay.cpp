#include "injectors/proxy_server/udp/udp_relay.hpp"

#include "injectors/proxy_server/udp/datagram_flow.hpp"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <string>

namespace gameday::proxy_server::udp {
namespace {

using boost::system::error_code;

constexpr int datagrams_in_a_row = 32;  // before others have their turn
// How long clients are told that nobody is there, after the upstream has said so.
constexpr auto refusal = std::chrono::seconds(1);

DatagramRule no_rule(Direction /*way*/, std::uint64_t /*session*/) { return {}; }

}  // namespace

class UdpRelay::Session final : public DatagramOwner, public std::enable_shared_from_this<Session> {
 public:
    Session(UdpRelay& relay, const Origin& origin, std::uint64_t number)
        : origin_(origin),
          number_(number),
          relay_(relay.shared_from_this()),
          upstream_(relay.listener_.get_executor()),
          to_(*this, Direction::to, 2 * number, relay.listener_.get_executor()),
          from_(*this, Direction::from, 2 * number + 1, relay.listener_.get_executor()) {
        from_.open();
    }

    void follow(const RuleOf& rule) {
        to_.follow(rule(Direction::to, number_));
        if (relay_) from_.follow(rule(Direction::from, number_));
    }

    // False when no socket can be had.
    bool connect(const UdpEndpoint& target) {
        if (!relay_) return true;
        error_code error;
        upstream_.connect(target, error);
        if (!error) upstream_.non_blocking(true, error);
        if (error) return false;
        to_.open();
        if (relay_) receive_next();
        return true;
    }

    void take(std::span<const char> datagram, const Origin& origin) {
        origin_ = origin;
        to_.arrive(datagram);
    }

    void close() {
        relay_.reset();
        to_.stop();
        from_.stop();
        error_code ignored;  // closing is all that is left to do with it
        upstream_.close(ignored);
    }

    [[nodiscard]] const UdpEndpoint& client() const { return origin_.client; }
    Instant used{};
    Order::iterator place;

 private:
    std::shared_ptr<void> keep_alive() override { return shared_from_this(); }

    void pass(Direction way, std::span<const char> datagram) override {
        if (!relay_) return;
        relay_->carried_.sent.at(way == Direction::to ? 0 : 1) += datagram.size();
        if (way == Direction::from) return answer(relay_->listener_, datagram, origin_);
        error_code error;
        upstream_.send(net::buffer(datagram.data(), datagram.size()), 0, error);
        if (error == net::error::connection_refused) relay_->upstream_refuses();
    }

    void receive_next() {
        upstream_.async_wait(UdpSocket::wait_read,
                             [this, keep = shared_from_this()](error_code error) {
                                 if (!error && relay_) on_readable();
                             });
    }

    void on_readable() {
        for (int i = 0; i < datagrams_in_a_row && relay_; ++i) {
            error_code error;
            auto& space = relay_->scratch_.bytes;
            const auto size = upstream_.receive(net::buffer(space), 0, error);
            if (error == net::error::connection_refused) relay_->upstream_refuses();
            if (error == net::error::would_block) break;
            if (error) continue;
            relay_->carried_.received[1] += size;
            used = steady_now();
            relay_->unreachable_.reached();
            relay_->order_.splice(relay_->order_.end(), relay_->order_, place);
            from_.arrive(std::span<const char>(space).first(size));
        }
        if (relay_) receive_next();
    }

    Origin origin_;
    const std::uint64_t number_;
    std::shared_ptr<UdpRelay> relay_;  // none once it is closed
    UdpSocket upstream_;
    DatagramFlow to_, from_;
};

UdpRelay::UdpRelay(net::io_context& context, ReadBuffer& scratch, const SessionLimits& limits)
    : scratch_(scratch),
      limits_(limits),
      listener_(context.get_executor()),
      resolver_(context),
      sweep_(context.get_executor()),
      refusal_(context.get_executor()),
      rule_(no_rule) {}

error_code UdpRelay::open(const UdpEndpoint& listen, const Endpoint& target) {
    target_ = target;
    return bind(listener_, listen);
}

UdpEndpoint UdpRelay::listens_at() const {
    error_code ignored;  // it is bound
    return listener_.local_endpoint(ignored);
}

void UdpRelay::start() {
    open_ = true;
    receive_next();
}

void UdpRelay::close() {
    open_ = false;
    error_code ignored;  // closing is all that is left to do with it
    listener_.close(ignored);
    resolver_.cancel();
    sweep_.cancel();
    refusal_.cancel();
    end_sessions();
}

void UdpRelay::end_sessions() {
    while (!order_.empty()) end(order_.front());
}

void UdpRelay::follow(RuleOf rule) {
    rule_ = std::move(rule);
    for (const auto& session : order_) session->follow(rule_);
}

void UdpRelay::aim(const Endpoint& target) { target_ = target; }

void UdpRelay::drain(bool drains) { drains_ = drains; }

void UdpRelay::receive_next() {
    listener_.async_wait(UdpSocket::wait_read, [this, keep = shared_from_this()](error_code error) {
        if (!open_ || error == net::error::operation_aborted) return;
        Origin origin;
        for (int i = 0; i < datagrams_in_a_row && open_; ++i) {
            const auto datagram = receive(listener_, scratch_.bytes, origin);
            if (!datagram) break;
            take(*datagram, origin);
        }
        if (open_) receive_next();
    });
}

void UdpRelay::take(std::span<const char> datagram, const Origin& origin) {
    carried_.received[0] += datagram.size();
    const auto session = session_of(origin);
    if (!session) return;
    session->used = steady_now();
    order_.splice(order_.end(), order_, session->place);
    session->take(datagram, origin);
}

// None while the relay drains, and when no socket can be had.
std::shared_ptr<UdpRelay::Session> UdpRelay::session_of(const Origin& origin) {
    const auto found = sessions_.find(origin.client);
    if (found != sessions_.end()) return *found->second;
    if (drains_) return nullptr;
    if (sessions_.size() >= limits_.count) end(order_.front());
    const auto session = std::make_shared<Session>(*this, origin, next_++);
    order_.push_back(session);
    session->place = std::prev(order_.end());
    sessions_.emplace(origin.client, session->place);
    session->follow(rule_);
    sweep_later();
    dial(session);
    return sessions_.contains(origin.client) ? session : nullptr;
}

void UdpRelay::dial(const std::shared_ptr<Session>& session) {
    const auto connect = [this, session](const UdpEndpoint& target) {
        if (session->connect(target)) return;
        // Descriptors may have run out: whoever has been quiet for longest has one.
        if (order_.front() != session) end(order_.front());
        if (!session->connect(target)) end(session);
    };
    error_code error;
    const auto address = net::ip::make_address(target_.address, error);
    if (!error) return connect({address, target_.port});
    // The scratch holds a datagram: nothing here may run before it has been taken.
    resolver_.async_resolve(
        target_.address, std::to_string(target_.port),
        [this, keep = shared_from_this(), session, connect](error_code failed, const auto& found) {
            if (!open_) return;
            if (failed) {
                unreachable_.failed("lookup " + target_.address + ": " + words_of(failed),
                                    steady_now());
                return end(session);
            }
            connect(found.begin()->endpoint());
        });
}

void UdpRelay::end(const std::shared_ptr<Session>& session) {
    const auto found = sessions_.find(session->client());
    if (found == sessions_.end() || *found->second != session) return;
    const auto keep = session;
    order_.erase(found->second);
    sessions_.erase(found);
    keep->close();
}

// The kernel says so to clients while we do not listen. Sessions and their answers go on.
void UdpRelay::upstream_refuses() {
    unreachable_.failed(fmt::format("{}:{}: port unreachable", target_.address, target_.port),
                        steady_now());
    refuse(listener_, true);
    refusal_.expires_after(refusal);
    refusal_.async_wait([this, keep = shared_from_this()](error_code error) {
        if (!error && open_) refuse(listener_, false);
    });
}

void UdpRelay::sweep_later() {
    if (sweeping_) return;
    sweeping_ = true;
    sweep_.expires_after(limits_.idle / 4);
    sweep_.async_wait([this, keep = shared_from_this()](error_code error) {
        sweeping_ = false;
        if (!error && open_) sweep();
    });
}

void UdpRelay::sweep() {
    const Instant since = steady_now() - limits_.idle;
    while (!order_.empty() && order_.front()->used < since) end(order_.front());
    if (!order_.empty()) sweep_later();
}

}  // namespace gameday::proxy_server::udp
