// What `gameday proxy connections`, `change` and `lease` send and print. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <string>
#include <string_view>

namespace gameday::proxy_server {

// The answer of GET /gameday/connections: columns with a heading for people; for scripts the same
// without heading, with tabs between them.
std::string proxy_connections_text(const Value& answer, bool for_people);

// The body of POST /gameday/change that stands in `text`, undone after `lease` ("30s"; "" = as the
// text says). Fails with `invalid`.
Result<Value> change_body(std::string_view text, std::string_view lease);

// The answer to it; that of GET /gameday/leases; one lease.
std::string changed_text(const Value& answer);
std::string leases_text(const Value& answer);
std::string lease_text(const Value& lease);

}  // namespace gameday::proxy_server
