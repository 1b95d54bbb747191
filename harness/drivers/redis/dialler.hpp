// RedisDialler: makes a link that operations may go over.
//
// It asks a sentinel where the master is, if there are sentinels; tries the addresses in turn; logs
// in, and learns the role of the server and who it is. Counted as a link is.
#pragma once

#include "harness/drivers/redis/link.hpp"
#include "harness/drivers/redis/places.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gameday::drivers {

// A server that a session is connected to.
struct RedisPeer {
    boost::intrusive_ptr<RedisLink> link;
    std::optional<std::size_t> place;  // none: where a sentinel led to is no node
    NodeId served_by;
    std::string refusal;  // why it is sent no writes; "" when it is a master, or nobody asked
};

class RedisDialler final
    : public boost::intrusive_ref_counter<RedisDialler, boost::thread_unsafe_counter> {
 public:
    // Never called from inside dial(). It ends well with `cause` none and the peer.
    struct Dialled {
        Cause cause = Cause::none;
        std::string detail{};
        RedisPeer peer{};
    };
    using Done = std::function<void(Dialled)>;

    // The target outlives it, until drop().
    explicit RedisDialler(RedisTarget& target) : target_(target), timer_(target.io) {}

    // No place: the client's own, or whichever the sentinels say. Sentinels and addresses are tried
    // in turn, each at most for its even share of `patience`.
    void dial(std::optional<std::size_t> place, Duration patience, Done done);
    // Closes; nothing is told any more.
    void drop();

 private:
    using Address = boost::asio::ip::tcp::endpoint;
    enum class Stage : std::uint8_t { sentinel, server };

    void ask_sentinel();
    void question_sentinel();
    void on_master();
    void reach();
    void on_connected();
    void on_set_up();
    void knock(const Address& address, const std::string& server, std::size_t shares);
    void on_knocked();
    void go_on(Cause cause, const std::string& why);
    void end(Cause cause, std::string detail = {});

    RedisTarget& target_;
    boost::asio::steady_timer timer_;
    Done done_;
    Duration left_{};  // of the patience, for those that were not tried yet
    Stage stage_ = Stage::server;
    std::size_t first_ = 0, tried_ = 0;  // sentinels, or addresses
    std::uint32_t knock_ = 0;  // counts them: what comes late is told from what is awaited
    std::span<const Address> addresses_;
    std::string server_;  // what its certificate names
    Address stranger_;    // a master that is no node
    RedisPeer peer_;
    Cause cause_ = Cause::none;  // of the one tried last
    std::string why_;
};

}  // namespace gameday::drivers
