// Changes of many proxies put into force and undone, in the book and on the plane alike.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "injectors/proxy_server/api/data_plane.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <string>
#include <vector>

namespace gameday::proxy_server {

// All of the proxies, which are in the book, as they are here, in one step; on failure nothing has
// changed.
Result<Step> change(const std::vector<Proxy>& wanted, ProxyTable& book, DataPlane& plane);

// Undoes the lease's change, in one step where that can be; what cannot be undone is its trouble.
// The lease is over then, in the state given.
void undo(Lease& lease, Lease::State state, ProxyTable& book, DataPlane& plane);

// Undoes the changes whose leases have run out by now. A line of text for each:
// "lease 3 has expired: as before are cache, db".
std::vector<std::string> expire(Instant now, ProxyTable& book, DataPlane& plane);

}  // namespace gameday::proxy_server
