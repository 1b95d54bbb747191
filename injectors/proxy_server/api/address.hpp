// "host:port" as Go's net package reads it: the host may be missing (every address of this
// machine), the port may be missing with it (any that is free). Pure: nothing is resolved.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"

#include <string_view>

namespace gameday::proxy_server {

// The address "" is every one of this machine; "" is a free port on them. Fails with `invalid` and
// Go's text: "address local373: missing port in address", "lookup tcp/http: unknown port", "address
// 70000: invalid port". Names of ports are not known here.
Result<Endpoint> read_address(std::string_view text);

// The address in one way of writing: localhost is 127.0.0.1, a missing host and 0.0.0.0 are [::],
// as Go listens on both families then; IPv6 is written shortest.
Endpoint plain(Endpoint endpoint);

// Whether a host is this machine and no other: localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

}  // namespace gameday::proxy_server
