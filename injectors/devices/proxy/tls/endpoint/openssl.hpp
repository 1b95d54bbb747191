// OpenSSL's objects with owners, and PEM files. Only for the sources of this folder.
#pragma once

#include "harness/base/result.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

namespace gameday::devices::proxy::tls {

template <auto free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// A certificate, those above it, and its key.
struct Credentials {
    std::vector<CertificatePtr> chain;  // at least one
    KeyPtr key;
};

// All of them fail with `invalid`: what is wrong with which file, and what to write instead. A file
// that is no plain file is refused, for reading it could wait for ever.
Result<Credentials> read_credentials(const std::string& certificate, const std::string& key);
Result<std::vector<CertificatePtr>> read_certificates(const std::string& path);

// What OpenSSL says went wrong last, "" for nothing; none of it stays.
std::string take_reason();

// What both ends of TLS have in common; null when there is no memory. No session is ever resumed: a
// client that resumes one does not look at the certificate again.
ContextPtr make_context(const SSL_METHOD* method);

}  // namespace gameday::devices::proxy::tls
