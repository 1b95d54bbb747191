// Session: one end of TLS on one connection: plain bytes on one side, a wire on the other. Never
// waits.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct ssl_st;

namespace gameday::devices::proxy::tls {

// What carries the ciphertext. Both fail as a socket that does not block: with would_block when
// nothing is there, or fits; with eof at the end.
class Wire {
 public:
    virtual std::size_t receive(std::span<char> space, boost::system::error_code& error) = 0;
    virtual std::size_t send(std::span<const char> bytes, boost::system::error_code& error) = 0;

 protected:
    ~Wire() = default;
};

class Session {
 public:
    enum class Handshake { going_on, done, failed };

    explicit Session(ssl_st* ssl);  // takes it over; null: each handshake fails
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // `wire` outlives the session, or what is called of it. Before all that follows.
    void attach(Wire& wire);

    Handshake shake_hands();                // as far as it goes now
    [[nodiscard]] std::string why() const;  // it has failed
    // What both sides agreed to speak (ALPN), "" for nothing.
    [[nodiscard]] std::string protocol() const;

    // As Socket::read and Socket::write. The end is close_notify, or the wire's own.
    std::size_t read(std::span<char> space, boost::system::error_code& error);
    std::size_t write(std::span<const char> bytes, boost::system::error_code& error);
    // Whether read() might give something although the wire has nothing new.
    [[nodiscard]] bool readable() const { return readable_; }
    // The stream has ended without close_notify: whether it was whole nobody knows.
    [[nodiscard]] bool truncated() const { return truncated_; }
    // Whether all that was written is on the wire, or lost with it; else again when the wire takes
    // more. finish() says close_notify before.
    bool flush();
    bool finish();

 private:
    struct Parts;
    bool push(boost::system::error_code& error);
    void note_end(int result);

    const std::unique_ptr<Parts> parts_;
    boost::system::error_code ended_{};  // what read() fails with from now on
    bool readable_ = false;
    bool truncated_ = false;
    bool finished_ = false;
};

}  // namespace gameday::devices::proxy::tls
