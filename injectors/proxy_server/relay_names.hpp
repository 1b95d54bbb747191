// What carries bytes in the proxy device, and carries those of the server, too.
#pragma once

#include "injectors/devices/proxy/net/system_error.hpp"
#include "injectors/devices/proxy/relay/budget.hpp"
#include "injectors/devices/proxy/relay/relay.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"
#include "injectors/devices/proxy/relay/unreachable.hpp"
#include "injectors/devices/proxy/relay/upstream_watch.hpp"
#include "injectors/proxy_server/names.hpp"

namespace gameday::proxy_server {

namespace net = devices::proxy::net;

using devices::proxy::Budgets;
using devices::proxy::Executor;
using devices::proxy::ReadBuffer;
using devices::proxy::RecordLog;
using devices::proxy::Relay;
using devices::proxy::Shard;
using devices::proxy::Shards;
using devices::proxy::steady_now;
using devices::proxy::Tally;
using devices::proxy::Timer;
using devices::proxy::Unreachable;
using devices::proxy::UpstreamWatch;
using devices::proxy::WatchThread;
using devices::proxy::words_of;

}  // namespace gameday::proxy_server
