// "host:port" as Go's net package reads it: the host may be missing (every address of this
// machine), the port may be missing with it (any that is free). Pure: nothing is resolved.
#pragma once

#include "harness/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gameday::devices::proxy::toxiproxy {

struct Address {
    std::string host;  // without brackets; "" for every address of this machine
    std::uint16_t port = 0;
    bool operator==(const Address&) const = default;
};

// "" is a free port on every address. Fails with `invalid` and Go's text: "address local373:
// missing port in address", "lookup tcp/http: unknown port", "address 70000: invalid port". Names
// of ports are not known here.
Result<Address> read_address(std::string_view text);

// "127.0.0.1:3310", "[::1]:3310"; the host "" becomes "[::]".
std::string address_text(const Address& address);

// The address in one way of writing: localhost is 127.0.0.1, a missing host and 0.0.0.0 are [::],
// as Go listens on both families then; IPv6 is written shortest.
Address plain(Address address);

// Whether a host is this machine and no other: localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

}  // namespace gameday::devices::proxy::toxiproxy
