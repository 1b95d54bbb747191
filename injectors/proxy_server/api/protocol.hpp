// Which toxics and extras go with which protocol. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/proxy.hpp"

namespace gameday::devices::proxy::toxiproxy {

// Whether a toxic of this type can be on such a proxy. Fails with `invalid` and the types that can:
// `a udp proxy has no timeout toxic; it has latency, …`.
Result<void> check_type(const Toxic& toxic, Protocol protocol);

// Datagrams are lost by the relay itself: that needs no filters.
Result<void> filters_for(Protocol protocol, Result<void> filters);

// Whether all that the proxy has goes with its protocol. Fails with `invalid`.
Result<void> check_protocol(const Proxy& proxy);

}  // namespace gameday::devices::proxy::toxiproxy
