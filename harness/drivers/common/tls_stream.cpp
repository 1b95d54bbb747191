#include "harness/drivers/common/tls_stream.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <utility>

namespace gameday::drivers {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

struct TlsContext::Impl {
    ssl::context context{ssl::context::tls_client};
    TlsSpec spec;
};

struct TlsStream::Impl {
    Impl(Socket& socket, ssl::context& context) : stream(socket, context) {}
    ssl::stream<Socket&> stream;
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::open(const TlsSpec& spec) {
    auto impl = std::make_unique<Impl>();
    impl->spec = spec;
    boost::system::error_code error;
    const auto failed = [&](const char* field, const std::string& file) {
        return Error{ErrorCode::failed,
                     fmt::format("tls.{}: {}: {}", field, file, error.message())};
    };
    impl->context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                              ssl::context::no_sslv3);
    SSL_CTX_set_min_proto_version(impl->context.native_handle(), TLS1_2_VERSION);
    if (!spec.ca_file.empty()) {
        impl->context.load_verify_file(spec.ca_file, error);
        if (error) return failed("ca_file", spec.ca_file);
    } else if (!spec.insecure) {
        impl->context.set_default_verify_paths(error);
        if (error) return failed("ca_file", "what the machine trusts");
    }
    if (!spec.certificate.empty()) {
        impl->context.use_certificate_chain_file(spec.certificate, error);
        if (error) return failed("certificate", spec.certificate);
        impl->context.use_private_key_file(spec.key, ssl::context::pem, error);
        if (error) return failed("key", spec.key);
    }
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

TlsStream::TlsStream(Socket& socket, TlsContext& context, const std::string& server)
    : impl_(std::make_unique<Impl>(socket, context.impl_->context)) {
    const TlsSpec& spec = context.impl_->spec;
    const std::string& name = spec.server_name.empty() ? server : spec.server_name;
    boost::system::error_code no_address;
    asio::ip::make_address(name, no_address);
    SSL* const connection = impl_->stream.native_handle();
    // RFC 6066 (3): a literal address is no server name.
    if (no_address) SSL_set_tlsext_host_name(connection, name.c_str());
    impl_->stream.set_verify_mode(spec.insecure ? ssl::verify_none : ssl::verify_peer);
    if (spec.insecure) return;
    if (no_address) {
        SSL_set1_host(connection, name.c_str());
    } else {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), name.c_str());
    }
}

TlsStream::~TlsStream() = default;

void TlsStream::handshake(Done done) {
    impl_->stream.async_handshake(
        ssl::stream_base::client,
        [done = std::move(done)](const boost::system::error_code& error) { done(error, 0); });
}

void TlsStream::write(asio::const_buffer whole, Done done) {
    asio::async_write(impl_->stream, whole, std::move(done));
}

void TlsStream::read_some(asio::mutable_buffer space, Done done) {
    impl_->stream.async_read_some(space, std::move(done));
}

std::string TlsStream::problem(const boost::system::error_code& error) const {
    const long verified = SSL_get_verify_result(impl_->stream.native_handle());
    if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
    return error.message();
}

bool is_tls_error(const boost::system::error_code& error) {
    return error.category() == asio::error::get_ssl_category() ||
           error.category() == ssl::error::get_stream_category();
}

}  // namespace gameday::drivers
