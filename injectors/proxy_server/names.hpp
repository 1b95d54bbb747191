// The words of the proxy device that the server speaks, too: rules, records and addresses.
#pragma once

#include "injectors/devices/proxy/net/stream_address.hpp"
#include "injectors/devices/proxy/record/record.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

namespace gameday::proxy_server {

namespace http = devices::proxy::http;
namespace tls = devices::proxy::tls;

using devices::proxy::ConnectionRecord;
using devices::proxy::Cut;
using devices::proxy::Direction;
using devices::proxy::EndCounts;
using devices::proxy::HowEnded;
using devices::proxy::Rule;
using devices::proxy::Scope;
using devices::proxy::unix_path;
using devices::proxy::unix_path_max;

}  // namespace gameday::proxy_server
