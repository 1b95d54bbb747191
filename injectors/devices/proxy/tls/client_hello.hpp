// What a TLS client says first: the name of the server that it wants. Pure; reads, alters nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gameday::devices::proxy::tls {

struct ClientHello {
    enum class Kind : std::uint8_t { more, whole, other } kind = Kind::more;  // other: not TLS
    std::string server_name;  // small letters; "" when it names none
    bool operator==(const ClientHello&) const = default;
};

// `bytes` are all that have come so far. The message may be split over several records (RFC 8446,
// section 5.1); one of more than `hello_most` bytes is something else.
ClientHello read_client_hello(std::string_view bytes);

inline constexpr std::size_t hello_most = 32 * 1024;

// A fatal alert `unrecognized_name` (RFC 6066, section 3).
std::string_view unrecognized_name_alert();

}  // namespace gameday::devices::proxy::tls
