// Where a stream is listened for or connected to: TCP over IPv4 or IPv6, or a Unix socket, which is
// written "unix:/path".
#pragma once

#include "harness/model/topology.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gameday::devices::proxy {

using StreamAddress = boost::asio::generic::stream_protocol::endpoint;

// The path of "unix:/path"; nothing for any other text.
std::optional<std::string> unix_path(std::string_view text);
// Longest path that an address has room for, see unix(7).
std::size_t unix_path_max();
// The path is no longer than that.
StreamAddress unix_address(const std::string& path);
// Where a numeric address or "unix:/path" is; nothing for a name, and for a path that is too long.
std::optional<StreamAddress> address_of(const Endpoint& endpoint);
// "127.0.0.1:3310", "[::1]:3310" or "unix:/path".
std::string text_of(const StreamAddress& address);

}  // namespace gameday::devices::proxy
