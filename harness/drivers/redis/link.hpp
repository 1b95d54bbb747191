// RedisLink: one TCP connection to a server that speaks RESP2, over TLS or not, by callbacks.
//
// A link that failed in any way is never used again. Counted by a plain (single-threaded)
// reference: pending handlers hold one, so a dropped link lives until they ran.
#pragma once

#include "harness/drivers/common/tls_stream.hpp"
#include "harness/drivers/redis/reply.hpp"
#include "harness/model/evidence.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::drivers {

class RedisLink final
    : public boost::intrusive_ref_counter<RedisLink, boost::thread_unsafe_counter> {
 public:
    // Called once, and never from inside open() or exchange().
    using Done = std::function<void()>;

    explicit RedisLink(boost::asio::io_context& io, TlsTarget tls = {})
        : socket_(io), tls_(std::move(tls)) {}
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

    void open(const boost::asio::ip::tcp::endpoint& address, Done done);
    // Sends commands that have so many answers, on an open link that is idle; `bytes` outlive it.
    // False: the connection turned out to be dead before a byte left; done is not called.
    bool exchange(std::string_view bytes, std::size_t answers, Done done);

    // How the last call ended: `none` when all answers are there. Valid until the next call.
    [[nodiscard]] Cause cause() const { return cause_; }
    [[nodiscard]] const std::string& detail() const { return detail_; }
    // The answers that came, whether all did or not.
    [[nodiscard]] std::span<const RedisReply> replies() const {
        return std::span(replies_).first(whole_);
    }

    // Whether the other side closed or wrote meanwhile.
    [[nodiscard]] bool is_stale();
    // Closes; nothing is told any more.
    void drop();

 private:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;
    using Error = boost::system::error_code;

    void shake_hands();
    void send(std::string_view rest);
    void receive();
    void on_received(const Error& error, std::size_t size);
    void finish(Cause cause, std::string detail = {});

    Socket socket_;
    TlsTarget tls_;
    std::unique_ptr<TlsStream> encrypted_;
    RedisReader reader_;
    std::vector<RedisReply> replies_;  // the first ones are whole
    std::size_t whole_ = 0, wanted_ = 0;
    std::array<char, 4096> buffer_;
    Cause cause_ = Cause::none;
    std::string detail_;
    Done done_;
};

}  // namespace gameday::drivers
