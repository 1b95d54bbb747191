// What `gameday proxy list` and its like send and print: answers of the API as text for people and
// scripts. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gameday::proxy_server {

// Columns with a heading for people; for scripts, as toxiproxy-cli has it, one line a proxy: name,
// listen, upstream, enabled or disabled, number of toxics, with tabs between them.
std::string proxy_list_text(const Value& proxies, bool for_people);

// One line a toxic; for scripts as toxiproxy-cli has it.
std::string proxy_toxics_text(const Value& proxy, bool for_people);

// {"latency": 100} of {"latency=100"} for a toxic of that type. Fails with `invalid` and the names
// that the type has; a type that is not known here has any: the server decides.
Result<Value> toxic_attributes(const std::string& type, std::span<const std::string> pairs);

// The body of a request that creates or changes a proxy, without what is empty. Fails with
// `invalid` when `gameday` is not a JSON object.
Result<Params> proxy_body(const std::string& listen, const std::string& upstream,
                          const std::string& gameday);

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
