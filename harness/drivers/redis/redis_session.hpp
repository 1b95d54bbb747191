// RedisSession: the Session of the redis driver. RedisStatusSession: one question.
#pragma once

#include "harness/drivers/common/session.hpp"
#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/redis/dialler.hpp"
#include "harness/drivers/redis/link.hpp"
#include "harness/drivers/redis/places.hpp"
#include "harness/drivers/redis/told.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gameday::drivers {

// A connection to the server that is asked first; in a cluster, those to which it was redirected.
class RedisSession final : public Session {
 public:
    // The target outlives it, as does the owner until drop().
    RedisSession(RedisTarget& target, SessionOwner& owner) : target_(target), owner_(owner) {}

    bool start(const Request& request, Duration patience) override;
    [[nodiscard]] bool is_stale() override { return peers_.front().link->is_stale(); }
    bool drop() override;

 private:
    [[nodiscard]] bool forbids_write() const;
    [[nodiscard]] RedisPeer& peer() { return peers_[at_]; }
    [[nodiscard]] RedisAsked asked() const;
    void dial(std::optional<std::size_t> place);
    void on_dialled(RedisDialler::Dialled dialled);
    bool approach();
    void on_role();
    bool send();
    void send_fresh();
    void on_answered();
    bool follow(const RedisReply& reply);
    void refuse(std::string why, bool reusable);
    void end_lost(Cause cause, std::string why);
    void end(const Reply& reply, bool reusable);

    RedisTarget& target_;
    SessionOwner& owner_;
    boost::intrusive_ptr<RedisDialler> dialler_;
    std::vector<RedisPeer> peers_;
    std::size_t at_ = 0;       // the peer that has the operation
    std::string bytes_;        // of the operation
    std::size_t answers_ = 0;  // that they have
    std::size_t asking_ = 0;   // 1: the first of them is that to ASKING
    Duration patience_{};
    int followed_ = 0;  // redirects, so far
    bool sent_ = false;
    std::string words_;
};

// What a client of status asks, and whom.
struct RedisStatusTarget {
    boost::asio::io_context& io;
    std::vector<boost::asio::ip::tcp::endpoint> addresses;
    RedisQuestion question;
    TlsTarget tls{};
};

class RedisStatusSession final : public StatusSession {
 public:
    RedisStatusSession(std::shared_ptr<const RedisStatusTarget> target, StatusSessionOwner& owner)
        : target_(std::move(target)), owner_(owner), timer_(target_->io) {}

    void start(Duration patience) override;
    void drop() override;

 private:
    void knock();
    void pass_over();
    void on_knocked();
    void on_answered();
    void tell(NodeStatus status);

    std::shared_ptr<const RedisStatusTarget> target_;
    StatusSessionOwner& owner_;
    boost::intrusive_ptr<RedisLink> link_;
    boost::asio::steady_timer timer_;
    Duration left_{};        // of the patience, for addresses that were not tried yet
    std::size_t tried_ = 0;  // addresses
    bool is_connected_ = false;
    std::string words_;
};

}  // namespace gameday::drivers
