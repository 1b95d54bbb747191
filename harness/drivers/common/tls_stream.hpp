// TlsStream: TLS over a connected socket, by callbacks; Asio's and OpenSSL's own, kept out of
// headers.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/common/tls_spec.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace gameday::drivers {

// Whom to trust and who we are. Shared by the connections of a client; one thread.
class TlsContext {
 public:
    // `failed` when a file cannot be read or is no PEM.
    static Result<std::shared_ptr<TlsContext>> open(const TlsSpec& spec);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

 private:
    friend class TlsStream;
    struct Impl;
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Where a connection is encrypted: by whose trust, and whose certificate is expected.
struct TlsTarget {
    std::shared_ptr<TlsContext> context;  // null: it is not encrypted
    std::string server;
};

class TlsStream {
 public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;
    using Done = std::function<void(const boost::system::error_code&, std::size_t)>;

    // `server`: the name or address that the certificate must have, unless the spec says another.
    // The socket outlives it. One call at a time; each keeps what its callback keeps.
    TlsStream(Socket& socket, TlsContext& context, const std::string& server);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    void handshake(Done done);
    void write(boost::asio::const_buffer whole, Done done);  // all of it
    void read_some(boost::asio::mutable_buffer space, Done done);

    // Why the handshake failed: "certificate has expired".
    [[nodiscard]] std::string problem(const boost::system::error_code& error) const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Whether the error is one of TLS itself, and not of the socket below.
bool is_tls_error(const boost::system::error_code& error);

}  // namespace gameday::drivers
