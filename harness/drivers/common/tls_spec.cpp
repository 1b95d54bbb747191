#include "harness/drivers/common/tls_spec.hpp"

#include <array>

namespace gameday::drivers {
namespace {

constexpr std::array<ParamSpec, 5> tls_specs{{
    {"ca_file", ParamType::text, "", "PEM file of whom to trust; what the machine trusts"},
    {"server_name", ParamType::text, "", "name in the certificate; the node's own address"},
    {"certificate", ParamType::text, "", "PEM file of the client's own certificate"},
    {"key", ParamType::text, "", "PEM file of its key"},
    {"insecure", ParamType::flag, "false", "true: nobody's certificate is looked at"},
}};

}  // namespace

TlsSpec read_tls(ParamReader& reader) {
    TlsSpec spec;
    const Params* object = reader.object(tls_param.name);
    if (object == nullptr) return spec;
    ParamReader inner(*object, tls_specs);
    spec.on = true;
    spec.ca_file = inner.text("ca_file");
    spec.server_name = inner.text("server_name");
    spec.certificate = inner.text("certificate");
    spec.key = inner.text("key");
    spec.insecure = inner.flag("insecure");
    if (spec.certificate.empty() != spec.key.empty()) {
        inner.fail(spec.key.empty() ? "key" : "certificate",
                   "is missing, a certificate and its key go together");
    }
    if (spec.insecure && !spec.ca_file.empty()) {
        inner.fail("ca_file", "has no meaning where \"insecure\" is true, remove one of them");
    }
    for (const auto& error : inner.errors()) reader.fail(tls_param.name, error.message);
    return spec;
}

}  // namespace gameday::drivers
