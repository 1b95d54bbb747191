// The body of POST /gameday/change as a value. Unlike Toxiproxy's own bodies it is read strictly:
// a key that is not known is refused, for a misspelt fault is a fault that does not happen. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "injectors/proxy_server/api/go_json.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

struct ChangeBody {
    std::vector<Changed> changes;   // in order of names
    std::optional<Duration> lease;  // how long the change lasts unless it is renewed
};

// {"proxies": {NAME: {"enabled": …, "upstream": …, "toxics": […], "gameday": {…}}, …},
//  "lease_ms": N}, each of them optional but proxies. The toxics are those from now on, instead of
// all so far. Fails with `refused` for a proxy that is not in the book, else with `invalid`, and
// says where: `proxies.db.enabled: want true or false, got string`.
Result<ChangeBody> read_change(std::string_view text, const ProxyTable& book);

}  // namespace gameday::proxy_server
