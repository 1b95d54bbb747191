// Socket: a stream socket that never blocks. Poller: tells the sockets of a shard when they are
// ready, a batch at a time.
//
// A socket enters the kernel's set of interest once, edge-triggered, for both directions, and
// remembers whether it may be read or written. So a request that is passed on costs a read and a
// write, and no call to wait for the next one: net::async_wait would make one for each. The set
// itself is a descriptor that the shard's io_context waits for, beside its timers.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/devices/proxy/tls/endpoint/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gameday::devices::proxy {

namespace net = boost::asio;
using Executor = net::io_context::executor_type;

class Socket;

// On the shard's thread, or any other while the shard stands still.
class Poller {
 public:
    explicit Poller(net::io_context& context);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    void stop();  // lets the context run dry
    [[nodiscard]] Executor get_executor() { return descriptor_.get_executor(); }

 private:
    friend class Socket;

    bool add(Socket& socket);
    void forget(const Socket& socket);
    void call_again(Socket& socket);
    void wait();
    void turn();
    void turn_again();
    void post_turn_again();

    int set_;
    net::posix::basic_stream_descriptor<Executor> descriptor_;
    std::array<epoll_event, 64> batch_{};
    int batch_size_ = 0;            // 0: none is being worked off
    std::vector<Socket*> again_;    // ready as they are, without news of the kernel
    std::vector<Socket*> current_;  // those of them that are being worked off
};

class Socket {
 public:
    class Owner {
     public:
        // Something may have changed; see readable() and writable(). May close or destroy sockets.
        virtual void ready(Socket& socket) = 0;

     protected:
        ~Owner() = default;
    };

    // Takes over a descriptor that does not block. `poller` and `owner` outlive the socket.
    Socket(Poller& poller, Owner& owner, int descriptor = -1);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int native_handle() const { return descriptor_; }
    [[nodiscard]] Executor get_executor() { return poller_.get_executor(); }

    // Makes the descriptor that connect() will use, for what must be set before.
    boost::system::error_code open(int family);
    // Begins to connect; ready() and writable() tell when that is over, failed() how.
    boost::system::error_code connect(const sockaddr* address, socklen_t size);
    // From now on the owner is called when the socket gets ready; now, if it is.
    void watch();
    // Calls the owner in the next turn although nothing is new: it has left something undone.
    void call_again();

    // What is read and written from now on is the plain text of that session, once its handshake is
    // done; shake_hands() whenever the socket is ready.
    void secure(std::unique_ptr<tls::Session> session);
    [[nodiscard]] tls::Session* session() const;  // null without
    tls::Session::Handshake shake_hands();

    [[nodiscard]] bool readable() const { return readable_ || decrypted_; }
    [[nodiscard]] bool writable() const { return writable_; }
    [[nodiscard]] bool failed() const { return failed_; }
    // Of one that has failed: why. Takes the error off the socket.
    boost::system::error_code take_error();

    // Up to all of `space`. Fails with eof at the end of the stream, with would_block when there is
    // nothing yet.
    std::size_t read(std::span<char> space, boost::system::error_code& error);
    // Whether the kernel tells when bytes have come: waking up for them takes a thread 0.1 ms.
    void time_arrivals(bool on);
    // How long before the last read() its last byte had come; zero where that is not known.
    [[nodiscard]] Duration age() const { return age_; }
    // The same bytes come again. Fails as read() does.
    std::size_t peek(std::span<char> space, boost::system::error_code& error);
    [[nodiscard]] bool ending() const { return ending_; }  // an end is behind the bytes
    // Forgets what has come, up to a bound; `space` is for that. Returns what stopped it, as
    // read() would; nothing where there may be more. Of TLS it is the ciphertext.
    boost::system::error_code drop_received(std::span<char> space);
    // As much of it as fits; fails with would_block when nothing does.
    std::size_t write(std::span<const char> bytes, boost::system::error_code& error);

    // Whether all that was written is in the kernel; else again when it is writable. Without TLS it
    // always is.
    bool flush();
    // FIN, once all is flushed; false: again when it is writable. `whole`: of TLS the stream ends
    // with close_notify, as it should.
    bool finish(bool whole = true);
    // Whether the end that read() told came without close_notify.
    [[nodiscard]] bool truncated() const;
    void let_go();            // of a connection that never was; open() or connect() may follow
    void close();             // FIN, or RST where bytes are unread
    void close_with_reset();  // RST

 private:
    friend class Poller;

    struct Secured;

    void take_events(std::uint32_t events);
    void ask_for_times();
    ssize_t receive(std::span<char> space);
    std::size_t read_wire(std::span<char> space, boost::system::error_code& error);
    std::size_t write_wire(std::span<const char> bytes, boost::system::error_code& error);

    Poller& poller_;
    Owner& owner_;
    int descriptor_;
    Duration age_{};
    bool timed_ = false;
    bool watched_ = false;
    bool called_again_ = false;
    bool readable_ = false;
    bool writable_;  // one that has been accepted is connected
    bool failed_ = false;
    bool ending_ = false;     // an end is behind the bytes: no further edge tells of it
    bool decrypted_ = false;  // the session has more, or may
    std::unique_ptr<Secured> secured_;
};

}  // namespace gameday::devices::proxy
