// Whether an upstream can be dialled at all: what can never be is refused where it is written,
// rather than at each connection. Pure: nothing is resolved, for a name may be known later.
#pragma once

#include "harness/base/result.hpp"

#include <string_view>

namespace gameday::proxy_server {

// Fails with `invalid` and what to write: "upstream http://localhost:8000 is a URL: write
// localhost:8000".
Result<void> check_upstream(std::string_view upstream);

}  // namespace gameday::proxy_server
