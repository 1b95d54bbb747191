// Connection: one TCP connection that carries one HTTP request at a time, by callbacks.
//
// A connection that failed in any way is never used again. Counted by a plain (single-threaded)
// reference: pending handlers hold one, so a dropped connection lives until they have run.
#pragma once

#include "harness/drivers/common/tls_stream.hpp"
#include "harness/drivers/http/response_reader.hpp"
#include "harness/model/evidence.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gameday::drivers {

class Connection;

// How a request on a connection ended.
struct Finish {
    Cause cause = Cause::none;  // none: a whole response is there
    bool sent = false;          // at least one byte of the request may have left
    bool begun = false;         // at least one byte of an answer has come
    bool reusable = false;
    std::string_view detail{};  // more than the cause says; valid during the call
};

// The owner of connections. Not called from inside Connection::start.
class ConnectionOwner {
 public:
    virtual void on_finished(Connection& connection, const Finish& finish) = 0;
    // It stands: the so-manieth of its addresses took it.
    virtual void on_connected(const Connection& connection, std::size_t address) = 0;
    // That address did not take it, and the next one is asked.
    virtual void on_passed_over(const Connection& connection, std::size_t address, Cause cause) = 0;

 protected:
    ~ConnectionOwner() = default;
};

class Connection final
    : public boost::intrusive_ref_counter<Connection, boost::thread_unsafe_counter> {
 public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;
    using Endpoints = std::span<const boost::asio::ip::tcp::endpoint>;

    // `wanted`: names of headers to keep; outlives the connection, as `tls` does, and the owner
    // until drop().
    Connection(boost::asio::io_context& io, ConnectionOwner& owner,
               std::span<const std::string> wanted, const TlsTarget& tls);

    // Sends `request` (already filled in by the caller), connecting first if need be: to the
    // addresses in turn, from `first` on, each at most for its even share of `patience`. False: the
    // connection turned out to be dead before a byte was sent; nothing will be reported.
    bool start(Endpoints addresses, std::size_t first, Duration patience);

    // Whether an idle connection was closed or written to by the other side meanwhile.
    [[nodiscard]] bool is_stale();

    // Closes and reports nothing any more. Returns whether a byte of a request under way had left.
    bool drop();

    std::string request;
    Response response;

    // For the owner: what the request under way belongs to.
    std::uint64_t tag = 0;
    Verb verb = Verb::read;
    std::size_t question = 0;  // of a status client
    Instant deadline{};
    std::size_t slot = 0;
    std::size_t remote = 0;      // whom it is connected to
    std::uint32_t followed = 0;  // redirects, so far
    bool to_head = false;        // the request is HEAD
    bool reused = false;         // it carried another request before
    bool in_doubt = false;       // a write that was sent before, and may have been done then

 private:
    using Error = boost::system::error_code;

    void knock();
    void on_knocked(const Error& error);
    void shake_hands();
    void send();
    void send_rest(std::size_t done);
    void receive();
    void on_received(const Error& error, std::size_t size);
    void on_closed_by_peer(const Error& error);
    void finish(Cause cause, bool reusable);
    void fail(const Error& error);

    Socket socket_;
    const TlsTarget& tls_;
    std::unique_ptr<TlsStream> encrypted_;  // while it is connected, where it is encrypted
    ConnectionOwner* owner_;
    std::span<const std::string> wanted_;
    boost::beast::flat_buffer buffer_;
    std::optional<AnswerReader> reader_;
    bool sent_ = false;
    std::string problem_;  // of TLS

    // While connecting. A timer is made only where there is another address to go on with.
    Endpoints addresses_;
    std::size_t address_ = 0, left_ = 0;
    Duration patience_{};
    std::unique_ptr<boost::asio::steady_timer> knocking_;
    std::uint32_t knock_ = 0;  // counts them, so that what comes late is told from what is awaited
};

}  // namespace gameday::drivers
