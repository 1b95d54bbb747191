#include "injectors/devices/proxy/tls/endpoint/session.hpp"

#include "injectors/devices/proxy/tls/endpoint/openssl.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include <openssl/err.h>

#include <utility>
#include <vector>

namespace gameday::devices::proxy::tls {

using boost::system::error_code;
namespace error = boost::asio::error;

namespace {

// Ciphertext that the wire has not taken. More than what one write makes is only there when a peer
// asks for ever new keys and reads nothing.
constexpr std::size_t waiting_most = 512 * 1024;

bool is_would_block(const error_code& code) {
    return code == error::would_block || code == error::try_again || code == error::interrupted;
}

}  // namespace

struct Session::Parts {
    SslPtr ssl;
    Wire* wire = nullptr;
    std::vector<char> waiting{};  // ciphertext on its way out
    std::size_t gone = 0;         // so much of it has left
    bool wire_ended = false;      // eof has been read
    error_code wire_error{};
    std::string why{};

    // OpenSSL's side of the wire.
    static Parts& of(BIO* bio) { return *static_cast<Parts*>(BIO_get_data(bio)); }
    static int bio_read(BIO* bio, char* space, int size) {
        Parts& parts = of(bio);
        BIO_clear_retry_flags(bio);
        error_code code;
        const auto got = parts.wire->receive({space, static_cast<std::size_t>(size)}, code);
        if (got > 0) return static_cast<int>(got);
        if (code == error::eof) {
            parts.wire_ended = true;
            return 0;
        }
        if (is_would_block(code)) {
            BIO_set_retry_read(bio);
        } else {
            parts.wire_error = code;
        }
        return -1;
    }
    static int bio_write(BIO* bio, const char* bytes, int size) {
        Parts& parts = of(bio);
        BIO_clear_retry_flags(bio);
        if (parts.waiting.size() > waiting_most) return -1;
        parts.waiting.insert(parts.waiting.end(), bytes, bytes + size);
        return size;
    }
    static long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
        if (command == BIO_CTRL_FLUSH) return 1;
        return command == BIO_CTRL_EOF && of(bio).wire_ended ? 1 : 0;
    }
    static const BIO_METHOD* method() {
        static const auto* const made = [] {
            auto* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
            BIO_meth_set_read(fresh, bio_read);
            BIO_meth_set_write(fresh, bio_write);
            BIO_meth_set_ctrl(fresh, bio_control);
            return fresh;
        }();
        return made;
    }
};

Session::Session(ssl_st* ssl) : parts_(std::make_unique<Parts>(Parts{SslPtr(ssl)})) {}

Session::~Session() = default;

void Session::attach(Wire& wire) {
    parts_->wire = &wire;
    auto* const bio = BIO_new(Parts::method());
    if (!parts_->ssl || bio == nullptr) {
        parts_->ssl.reset();
        BIO_free(bio);
        return;
    }
    BIO_set_data(bio, parts_.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(parts_->ssl.get(), bio, bio);
}

Session::Handshake Session::shake_hands() {
    if (!parts_->ssl) {
        parts_->why = "no memory for TLS";
        return Handshake::failed;
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(parts_->ssl.get());
    const int wants = SSL_get_error(parts_->ssl.get(), result);
    if (result != 1 && wants != SSL_ERROR_WANT_READ) {
        const auto verified = SSL_get_verify_result(parts_->ssl.get());
        const auto reason = take_reason();
        if (verified != X509_V_OK) {
            parts_->why = fmt::format("its certificate is not accepted: {}",
                                      X509_verify_cert_error_string(verified));
        } else if (parts_->wire_ended || parts_->wire_error) {
            parts_->why = "it closed in the middle of the handshake";
        } else {
            parts_->why = reason;
        }
        flush();
        return Handshake::failed;
    }
    readable_ = result == 1;  // What came behind the handshake.
    flush();
    return result == 1 ? Handshake::done : Handshake::going_on;
}

std::string Session::why() const { return parts_->why; }

std::string Session::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (parts_->ssl) SSL_get0_alpn_selected(parts_->ssl.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::size_t Session::read(std::span<char> space, error_code& error) {
    std::size_t done = 0;
    while (done < space.size() && !ended_) {
        ERR_clear_error();
        const int got =
            SSL_read(parts_->ssl.get(), space.data() + done, static_cast<int>(space.size() - done));
        if (got > 0) {
            done += static_cast<std::size_t>(got);
            continue;
        }
        if (SSL_get_error(parts_->ssl.get(), got) == SSL_ERROR_WANT_READ) break;
        note_end(got);
    }
    flush();  // Answers to what the peer says about TLS itself.
    readable_ = ended_ || done == space.size();
    if (done == 0) error = ended_ ? ended_ : error_code(error::would_block);
    return done;
}

void Session::note_end(int result) {
    const bool closed = SSL_get_error(parts_->ssl.get(), result) == SSL_ERROR_ZERO_RETURN;
    truncated_ = parts_->wire_ended;
    if (closed || parts_->wire_ended) {
        ended_ = error::eof;
    } else {
        ended_ = parts_->wire_error ? parts_->wire_error : error_code(error::connection_reset);
    }
    ERR_clear_error();
}

std::size_t Session::write(std::span<const char> bytes, error_code& error) {
    if (!push(error)) return 0;
    ERR_clear_error();
    const int done = SSL_write(parts_->ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (done <= 0) {
        ERR_clear_error();
        error = error::connection_reset;
        return 0;
    }
    error_code later;  // They are taken; that the wire is full is the next one's concern.
    if (!push(later) && !is_would_block(later)) error = later;
    return static_cast<std::size_t>(done);
}

// Whether nothing waits any more.
bool Session::push(error_code& error) {
    auto& [ssl, wire, waiting, gone, ended, wire_error, why] = *parts_;
    if (waiting.empty()) return true;
    while (gone < waiting.size()) {
        const auto sent = wire->send(std::span<const char>(waiting).subspan(gone), error);
        if (sent == 0) return false;
        gone += sent;
    }
    waiting = {};
    gone = 0;
    return true;
}

bool Session::flush() {
    error_code error;
    return push(error) || !is_would_block(error);
}

bool Session::finish() {
    if (!flush()) return false;
    if (!std::exchange(finished_, true) && parts_->ssl) {
        SSL_shutdown(parts_->ssl.get());
        ERR_clear_error();
    }
    return flush();
}

}  // namespace gameday::devices::proxy::tls
