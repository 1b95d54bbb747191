// Leaf: certificates that the proxy makes. Only for the sources of this folder.
#pragma once

#include "injectors/devices/proxy/tls/endpoint/openssl.hpp"
#include "injectors/devices/proxy/tls/fault.hpp"

#include <optional>
#include <string>

namespace gameday::devices::proxy::tls {

KeyPtr make_key();  // EC P-256; null when there is no memory

// A CA that nobody knows; an empty chain when there is no memory.
Credentials make_up_ca();

// A server's certificate for `name` (a host's name, or an address), signed by the CA and valid from
// yesterday for a year, but for what the fault makes wrong. Null when the CA's key cannot sign.
CertificatePtr make_leaf(const std::string& name, EVP_PKEY& key, const Credentials& ca,
                         std::optional<Fault> fault);

}  // namespace gameday::devices::proxy::tls
