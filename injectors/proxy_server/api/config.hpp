// The config file of `gameday proxy`: a list of proxies, as POST /populate takes it.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/data_plane.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <string>
#include <string_view>

namespace gameday::proxy_server {

inline constexpr std::string_view config_example =
    R"([{"name": "db", "listen": "localhost:15432", "upstream": "localhost:5432"}])";

// Opens the proxies that the text lists. Fails with `invalid` when it is not such a list, with
// `refused` when one of them cannot be opened; those before it are open then.
Result<ProxyTable> open_config(std::string text, DataPlane& plane);

}  // namespace gameday::proxy_server
