#include "injectors/devices/proxy/tls/endpoint/trust.hpp"

#include "injectors/devices/proxy/tls/endpoint/openssl.hpp"

#include <fmt/format.h>

#include <openssl/err.h>

#include <arpa/inet.h>

#include <array>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

bool is_address(const std::string& host) {
    std::array<char, sizeof(in6_addr)> raw{};
    return ::inet_pton(AF_INET, host.c_str(), raw.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), raw.data()) == 1;
}

// An address is verified, but never asked for (RFC 6066, section 3).
bool expect(SSL& ssl, const std::string& host) {
    if (is_address(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), host.c_str()) == 1;
    }
    return SSL_set_tlsext_host_name(&ssl, host.c_str()) == 1 &&
           SSL_set1_host(&ssl, host.c_str()) == 1;
}

bool offer(SSL& ssl, const std::string& protocol) {
    if (protocol.empty()) return true;
    const std::string list = static_cast<char>(protocol.size()) + protocol;
    return SSL_set_alpn_protos(&ssl, reinterpret_cast<const unsigned char*>(list.data()),
                               static_cast<unsigned>(list.size())) == 0;
}

}  // namespace

struct Trust::State {
    ContextPtr context;
    std::string server_name;
};

Trust::Trust(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trust::~Trust() = default;

Result<std::shared_ptr<const Trust>> Trust::load(const Encrypt& wanted) {
    auto state =
        std::make_unique<State>(State{make_context(TLS_client_method()), wanted.server_name});
    if (!state->context) return Error{ErrorCode::failed, "TLS does not begin: " + take_reason()};
    auto* const context = state->context.get();
    if (wanted.verify && wanted.ca.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (!wanted.ca.empty()) {
        auto known = read_certificates(wanted.ca);
        if (!known) return std::move(known.error()).within("ca");
        for (const auto& each : *known) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get());
        }
    }
    // Whoever is named is trusted, also when it is no root.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(context, wanted.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    ERR_clear_error();
    return std::shared_ptr<const Trust>(new Trust(std::move(state)));
}

std::unique_ptr<Session> Trust::session(const std::string& host,
                                        const std::string& protocol) const {
    SslPtr ssl(SSL_new(state_->context.get()));
    const auto& name = state_->server_name.empty() ? host : state_->server_name;
    if (ssl && (!expect(*ssl, name) || !offer(*ssl, protocol))) ssl.reset();
    if (ssl) SSL_set_connect_state(ssl.get());
    return std::make_unique<Session>(ssl.release());
}

}  // namespace gameday::devices::proxy::tls
