#include "injectors/devices/proxy/tls/endpoint/identity.hpp"

#include "injectors/devices/proxy/tls/endpoint/leaf.hpp"
#include "injectors/devices/proxy/tls/endpoint/openssl.hpp"

#include <fmt/format.h>

#include <openssl/err.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t leaves_most = 1024;
constexpr auto leaf_age_most =
    std::chrono::hours(1);  // one that begins tomorrow must not come true
constexpr std::string_view http_1 = "http/1.1";

// HTTP faults know HTTP/1.1. Who does not offer that gets what it offers first.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned size, void* /*nothing*/) {
    std::string_view left(reinterpret_cast<const char*>(offered), size);
    std::string_view chosen;
    while (!left.empty()) {
        const auto length = static_cast<unsigned char>(left.front());
        const auto each = left.substr(1, length);
        if (chosen.empty() || each == http_1) chosen = each;
        left.remove_prefix(std::min<std::size_t>(left.size(), 1U + length));
    }
    if (chosen.empty()) return SSL_TLSEXT_ERR_NOACK;
    *out = reinterpret_cast<const unsigned char*>(chosen.data());
    *out_size = static_cast<unsigned char>(chosen.size());
    return SSL_TLSEXT_ERR_OK;
}

bool is_self_signed(X509& certificate) {
    return (X509_get_extension_flags(&certificate) & EXFLAG_SS) != 0;
}

}  // namespace

struct Identity::State {
    ContextPtr context{};
    Credentials credentials{};  // the server's, or the CA's
    bool signs = false;
    KeyPtr leaf_key{};  // the same for all that it signs
    Credentials made_up{};

    struct Leaf {
        CertificatePtr certificate;
        Clock::time_point made;
    };
    std::mutex mutex{};
    std::map<std::pair<std::optional<Fault>, std::string>, Leaf> leaves{};

    // The certificate is the caller's as well.
    CertificatePtr leaf(const std::string& name, std::optional<Fault> fault) {
        const std::lock_guard lock(mutex);
        const auto now = Clock::now();
        const auto key = std::pair(fault, name);
        auto found = leaves.find(key);
        if (found == leaves.end() || now - found->second.made > leaf_age_most) {
            const auto& ca = fault == Fault::unknown_ca ? made_up : credentials;
            auto fresh = make_leaf(name, *leaf_key, ca, fault);
            if (!fresh) return nullptr;
            if (leaves.size() >= leaves_most) leaves.clear();
            found = leaves.insert_or_assign(key, Leaf{std::move(fresh), now}).first;
        }
        auto* const certificate = found->second.certificate.get();
        X509_up_ref(certificate);
        return CertificatePtr(certificate);
    }

    // Those above the certificate that go with it; roots do not, clients have them or not.
    [[nodiscard]] std::vector<X509*> above(std::optional<Fault> fault) const {
        std::vector<X509*> chain;
        if (fault == Fault::unknown_ca) return chain;
        for (std::size_t i = signs ? 0 : 1; i < credentials.chain.size(); ++i) {
            X509& each = *credentials.chain[i];
            if (!is_self_signed(each)) chain.push_back(&each);
        }
        return chain;
    }
};

Identity::Identity(std::unique_ptr<State> state) : state_(std::move(state)) {}
Identity::~Identity() = default;

Result<std::shared_ptr<const Identity>> Identity::load(const Terminate& files) {
    auto state = std::make_unique<State>();
    state->signs = files.has_ca();
    auto read = state->signs ? read_credentials(files.ca_certificate, files.ca_key)
                             : read_credentials(files.certificate, files.key);
    if (!read) return read.error();
    state->credentials = std::move(*read);
    state->context = make_context(TLS_server_method());
    if (state->signs) {
        if (X509_check_ca(state->credentials.chain.front().get()) == 0) {
            return invalid(
                "{}: is no CA's certificate (basicConstraints CA:TRUE); write it as "
                "\"certificate\", without \"ca\"",
                files.ca_certificate);
        }
        state->leaf_key = make_key();
        state->made_up = make_up_ca();
    }
    const bool made = state->context && (!state->signs || (state->leaf_key && state->made_up.key));
    if (!made) return Error{ErrorCode::failed, "TLS does not begin: " + take_reason()};
    SSL_CTX_set_alpn_select_cb(state->context.get(), choose_protocol, nullptr);
    const std::shared_ptr<const Identity> identity(new Identity(std::move(state)));
    // Once for trial: a key or a certificate that OpenSSL will not use is told now.
    const SslPtr trial(identity->new_ssl("trial.invalid", std::nullopt));
    if (!trial) {
        return invalid("{}: cannot be used: {}",
                       files.has_ca() ? files.ca_certificate : files.certificate, take_reason());
    }
    return identity;
}

ssl_st* Identity::new_ssl(const std::string& name, std::optional<Fault> fault) const {
    SslPtr ssl(SSL_new(state_->context.get()));
    if (!ssl) return nullptr;
    CertificatePtr leaf;
    if (state_->signs) leaf = state_->leaf(name, fault);
    X509* const shown = state_->signs ? leaf.get() : state_->credentials.chain.front().get();
    EVP_PKEY* const key = state_->signs ? state_->leaf_key.get() : state_->credentials.key.get();
    if (shown == nullptr || SSL_use_cert_and_key(ssl.get(), shown, key, nullptr, 1) != 1) {
        return nullptr;
    }
    for (X509* const each : state_->above(fault)) SSL_add1_chain_cert(ssl.get(), each);
    SSL_set_accept_state(ssl.get());
    return ssl.release();
}

std::unique_ptr<Session> Identity::session(const std::string& name,
                                           std::optional<Fault> fault) const {
    return std::make_unique<Session>(new_ssl(name, fault));
}

}  // namespace gameday::devices::proxy::tls
