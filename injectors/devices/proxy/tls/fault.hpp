// Fault: what goes wrong in a TLS handshake with a client. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gameday::devices::proxy::tls {

enum class Fault : std::uint8_t {
    expired,        // the certificate's time was over yesterday
    not_yet_valid,  // … begins tomorrow
    wrong_name,     // it is of another server
    unknown_ca,     // nobody knows who signed it
    stall,          // the hello is never answered
    reset,          // the hello is answered with RST
};

inline constexpr std::array<std::string_view, 6> fault_names{
    "expired", "not_yet_valid", "wrong_name", "unknown_ca", "stall", "reset"};
inline constexpr std::string_view fault_choices =
    "expired|not_yet_valid|wrong_name|unknown_ca|stall|reset";

inline std::string_view name_of(Fault fault) {
    return fault_names.at(static_cast<std::size_t>(fault));
}

inline std::optional<Fault> fault_named(std::string_view name) {
    for (std::size_t i = 0; i < fault_names.size(); ++i) {
        if (fault_names.at(i) == name) return static_cast<Fault>(i);
    }
    return std::nullopt;
}

// Whether it is the certificate that is wrong; the others answer no hello at all.
inline bool is_of_certificate(Fault fault) { return fault < Fault::stall; }

}  // namespace gameday::devices::proxy::tls
