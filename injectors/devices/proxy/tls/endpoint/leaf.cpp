#include "injectors/devices/proxy/tls/endpoint/leaf.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <arpa/inet.h>

#include <array>
#include <string_view>
#include <utility>

namespace gameday::devices::proxy::tls {

namespace {

constexpr long day = 24 * 3600;
constexpr std::size_t common_name_most = 64;  // RFC 5280, appendix A.1

using SerialPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

void set_serial(X509& certificate) {
    constexpr int bits = 127;
    const SerialPtr serial(BN_new());
    if (!serial || BN_rand(serial.get(), bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1) return;
    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate));
}

void set_common_name(X509& certificate, std::string_view name) {
    name = name.substr(0, common_name_most);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), -1, 0);
}

void set_validity(X509& certificate, long from_days, long to_days) {
    X509_gmtime_adj(X509_getm_notBefore(&certificate), from_days * day);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), to_days * day);
}

// `value` is never what somebody else has said.
void add_extension(X509& certificate, X509& issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    if (extension == nullptr) return;
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// The name's bytes in network order when it is an address, else none.
std::string address_in(const std::string& name) {
    std::array<char, sizeof(in6_addr)> raw{};
    if (::inet_pton(AF_INET, name.c_str(), raw.data()) == 1) {
        return {raw.data(), sizeof(in_addr)};
    }
    if (::inet_pton(AF_INET6, name.c_str(), raw.data()) == 1) return {raw.data(), raw.size()};
    return {};
}

void set_alternative_name(X509& certificate, const std::string& name) {
    const std::string address = address_in(name);
    const std::string& bytes = address.empty() ? name : address;
    const NamesPtr names(GENERAL_NAMES_new());
    auto* const entry = GENERAL_NAME_new();
    auto* const text =
        ASN1_STRING_type_new(address.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
    if (!names || entry == nullptr || text == nullptr) {
        GENERAL_NAME_free(entry);
        return ASN1_STRING_free(text);
    }
    ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
    GENERAL_NAME_set0_value(entry, address.empty() ? GEN_DNS : GEN_IPADD, text);
    sk_GENERAL_NAME_push(names.get(), entry);
    X509_add1_ext_i2d(&certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT);
}

bool sign(X509& certificate, EVP_PKEY& key) {
    const int kind = EVP_PKEY_get_base_id(&key);
    const bool has_own_hash = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
    const bool good = X509_sign(&certificate, &key, has_own_hash ? nullptr : EVP_sha256()) > 0;
    ERR_clear_error();
    return good;
}

CertificatePtr begin(EVP_PKEY& key) {
    CertificatePtr certificate(X509_new());
    if (!certificate) return certificate;
    X509_set_version(certificate.get(), X509_VERSION_3);
    set_serial(*certificate);
    X509_set_pubkey(certificate.get(), &key);
    return certificate;
}

}  // namespace

KeyPtr make_key() { return KeyPtr(EVP_EC_gen("P-256")); }

Credentials make_up_ca() {
    Credentials made;
    made.key = make_key();
    if (!made.key) return made;
    CertificatePtr certificate = begin(*made.key);
    if (!certificate) return made;
    set_common_name(*certificate, "made up by gameday");
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    set_validity(*certificate, -1, 3650);
    add_extension(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(*certificate, *certificate, NID_key_usage, "critical,keyCertSign");
    add_extension(*certificate, *certificate, NID_subject_key_identifier, "hash");
    if (sign(*certificate, *made.key)) made.chain.push_back(std::move(certificate));
    return made;
}

CertificatePtr make_leaf(const std::string& name, EVP_PKEY& key, const Credentials& ca,
                         std::optional<Fault> fault) {
    CertificatePtr leaf = begin(key);
    if (!leaf || ca.chain.empty()) return nullptr;
    X509& issuer = *ca.chain.front();
    const std::string shown = fault == Fault::wrong_name ? "wrong-name.invalid" : name;
    set_common_name(*leaf, shown);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(&issuer));
    set_validity(*leaf, -1, 365);
    if (fault == Fault::expired) set_validity(*leaf, -30, -1);
    if (fault == Fault::not_yet_valid) set_validity(*leaf, 1, 30);
    add_extension(*leaf, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(*leaf, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(*leaf, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(*leaf, issuer, NID_subject_key_identifier, "hash");
    add_extension(*leaf, issuer, NID_authority_key_identifier, "keyid");
    set_alternative_name(*leaf, shown);
    if (!sign(*leaf, *ca.key)) return nullptr;
    return leaf;
}

}  // namespace gameday::devices::proxy::tls
