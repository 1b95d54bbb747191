// The words of the proxy device that the server speaks, too: rules, records, addresses and what
// carries bytes.
#pragma once

#include "injectors/devices/proxy/net/stream_address.hpp"
#include "injectors/devices/proxy/record/record.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

namespace gameday::proxy_server {

using namespace devices::proxy;

}  // namespace gameday::proxy_server
