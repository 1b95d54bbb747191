#include "tests/injectors/devices/proxy/tls/tls_peer.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace gameday::testing {

namespace {

using BioPtr = std::unique_ptr<BIO, tls::Freed<BIO_free>>;

void write_certificate(const std::string& path, X509& certificate) {
    const BioPtr file(BIO_new_file(path.c_str(), "w"));
    REQUIRE(PEM_write_bio_X509(file.get(), &certificate) == 1);
}

void write_key(const std::string& path, EVP_PKEY& key) {
    const BioPtr file(BIO_new_file(path.c_str(), "w"));
    REQUIRE(PEM_write_bio_PrivateKey(file.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace

Certificates::Certificates() {
    std::string made = (std::filesystem::temp_directory_path() / "gameday-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    folder_ = made;
    const auto ca = tls::make_up_ca();
    write_certificate(path("ca.pem"), *ca.chain.front());
    write_key(path("ca.key"), *ca.key);
    const auto key = tls::make_key();
    const auto leaf = tls::make_leaf("a.example", *key, ca, std::nullopt);
    REQUIRE(leaf != nullptr);
    write_certificate(path("chain.pem"), *leaf);
    write_key(path("key.pem"), *key);
    const auto other = tls::make_up_ca();
    write_certificate(path("other.pem"), *other.chain.front());
    write_key(path("other.key"), *other.key);
}

Certificates::~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

TlsPeer::TlsPeer(Peer peer, tls::ContextPtr context)
    : peer_(std::move(peer)), context_(std::move(context)) {
    REQUIRE(context_ != nullptr);
}

TlsPeer TlsPeer::client(Peer peer, const TlsWish& wish) {
    TlsPeer made(std::move(peer), tls::ContextPtr(SSL_CTX_new(TLS_client_method())));
    if (wish.version != 0) {
        SSL_CTX_set_min_proto_version(made.context_.get(), wish.version);
        SSL_CTX_set_max_proto_version(made.context_.get(), wish.version);
    }
    if (!wish.ca.empty()) {
        SSL_CTX_load_verify_file(made.context_.get(), wish.ca.c_str());
        SSL_CTX_set_verify(made.context_.get(), SSL_VERIFY_PEER, nullptr);
    }
    made.ssl_.reset(SSL_new(made.context_.get()));
    SSL* const ssl = made.ssl_.get();
    SSL_set_fd(ssl, made.peer_.fd());
    ::fcntl(made.peer_.fd(), F_SETFL, ::fcntl(made.peer_.fd(), F_GETFL) | O_NONBLOCK);
    if (!wish.name.empty()) {
        SSL_set_tlsext_host_name(ssl, wish.name.c_str());
        SSL_set1_host(ssl, wish.name.c_str());
    }
    if (!wish.address.empty()) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), wish.address.c_str());
    }
    if (!wish.protocols.empty()) {
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                            static_cast<unsigned>(wish.protocols.size()));
    }
    SSL_set_connect_state(ssl);
    return made;
}

TlsPeer TlsPeer::server(Peer peer, const std::string& certificate, const std::string& key) {
    TlsPeer made(std::move(peer), tls::ContextPtr(SSL_CTX_new(TLS_server_method())));
    auto* const context = made.context_.get();
    REQUIRE(SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_alpn_select_cb(
        context,
        [](SSL* /*ssl*/, const unsigned char** out, unsigned char* size,
           const unsigned char* offered, unsigned /*size*/, void* /*nothing*/) {
            *size = offered[0];
            *out = offered + 1;
            return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    made.ssl_.reset(SSL_new(context));
    SSL_set_fd(made.ssl_.get(), made.peer_.fd());
    ::fcntl(made.peer_.fd(), F_SETFL, ::fcntl(made.peer_.fd(), F_GETFL) | O_NONBLOCK);
    SSL_set_accept_state(made.ssl_.get());
    return made;
}

int TlsPeer::drive(const std::function<int()>& call) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        ERR_clear_error();
        const int result = call();
        if (result > 0) return result;
        const int wants = SSL_get_error(ssl_.get(), result);
        if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) return result;
        pollfd what{peer_.fd(), static_cast<short>(wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT),
                    0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0 || ::poll(&what, 1, static_cast<int>(left.count())) <= 0) return -1;
    }
}

bool TlsPeer::shake_hands() {
    return drive([this] { return SSL_do_handshake(ssl_.get()); }) == 1;
}

int TlsPeer::step() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return 1;
    const int wants = SSL_get_error(ssl_.get(), result);
    return wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

long TlsPeer::verified() const { return SSL_get_verify_result(ssl_.get()); }

std::string TlsPeer::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string TlsPeer::asked_name() const {
    const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

std::size_t TlsPeer::send(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const int sent = drive([&] {
            return SSL_write(ssl_.get(), text.data() + done,
                             static_cast<int>(std::min<std::size_t>(text.size() - done, 16384)));
        });
        if (sent <= 0) break;
        done += static_cast<std::size_t>(sent);
    }
    return done;
}

std::string TlsPeer::receive(std::size_t count) {
    std::string text(count, '\0');
    std::size_t done = 0;
    while (done < count) {
        const int got = drive([&] {
            return SSL_read(ssl_.get(), text.data() + done, static_cast<int>(count - done));
        });
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

TlsEnd TlsPeer::end() {
    char byte = 0;
    const int got = drive([&] { return SSL_read(ssl_.get(), &byte, 1); });
    if (got > 0) return TlsEnd::open;
    const int why = SSL_get_error(ssl_.get(), got);
    if (why == SSL_ERROR_ZERO_RETURN) return TlsEnd::close_notify;
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return TlsEnd::truncated;
    }
    return why == SSL_ERROR_SYSCALL && errno == ECONNRESET ? TlsEnd::reset : TlsEnd::open;
}

void TlsPeer::close_notify() {
    drive([this] { return SSL_shutdown(ssl_.get()) < 0 ? -1 : 1; });
    peer_.finish();
}

bool TlsPeer::renegotiate() {
    return SSL_renegotiate(ssl_.get()) == 1 &&
           drive([this] { return SSL_do_handshake(ssl_.get()); }) == 1;
}

}  // namespace gameday::testing
