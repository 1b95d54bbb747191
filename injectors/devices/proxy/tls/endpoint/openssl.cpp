#include "injectors/devices/proxy/tls/endpoint/openssl.hpp"

#include <fmt/format.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

constexpr std::uintmax_t file_most = 1U << 20U;

Error wrong(const std::string& path, std::string_view why) { return invalid("{}: {}", path, why); }

Result<std::string> read_file(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        const bool none = !error || error == std::errc::no_such_file_or_directory;
        return wrong(path, none ? "there is no such file; paths begin where gameday was started"
                                : error.message());
    }
    if (!std::filesystem::is_regular_file(status)) return wrong(path, "is no file");
    if (std::filesystem::file_size(path, error) > file_most || error) {
        return wrong(path, "is larger than 1 MiB; want a file in PEM");
    }
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) return wrong(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    return text;
}

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;

BioPtr reader_of(const std::string& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks on the terminal.
int no_password(char* /*space*/, int /*size*/, int /*writes*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<KeyPtr> read_key(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return text.error();
    bool asked = false;
    const auto bio = reader_of(*text);
    KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &asked));
    ERR_clear_error();
    if (asked) {
        return wrong(path, "is encrypted; write it without a password: openssl pkey -in … -out …");
    }
    if (!key) return wrong(path, "has no private key in PEM (-----BEGIN PRIVATE KEY-----)");
    return key;
}

}  // namespace

std::string take_reason() {
    std::string reason;
    if (const auto code = ERR_peek_last_error(); code != 0) {
        const char* text = ERR_reason_error_string(code);
        reason = text == nullptr ? fmt::format("error {:x}", code) : text;
    }
    ERR_clear_error();
    return reason;
}

Result<std::vector<CertificatePtr>> read_certificates(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return text.error();
    std::vector<CertificatePtr> certificates;
    const auto bio = reader_of(*text);
    while (auto* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        certificates.emplace_back(next);
    }
    ERR_clear_error();
    if (certificates.empty()) {
        return wrong(path, "has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    }
    return certificates;
}

Result<Credentials> read_credentials(const std::string& certificate, const std::string& key) {
    auto chain = read_certificates(certificate);
    if (!chain) return chain.error();
    auto private_key = read_key(key);
    if (!private_key) return private_key.error();
    if (X509_check_private_key(chain->front().get(), private_key->get()) != 1) {
        ERR_clear_error();
        return wrong(key, fmt::format("is not the key of the first certificate in {}; write the "
                                      "two that belong together",
                                      certificate));
    }
    return Credentials{std::move(*chain), std::move(*private_key)};
}

ContextPtr make_context(const SSL_METHOD* method) {
    constexpr std::size_t read_ahead = 32 * 1024;
    ContextPtr context(SSL_CTX_new(method));
    if (!context) return context;
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_default_read_buffer_len(context.get(), read_ahead);
    return context;
}

}  // namespace gameday::devices::proxy::tls
