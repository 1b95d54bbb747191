// Listeners: the listening sockets of one address, one for each shard; the kernel shares the new
// connections out among them (SO_REUSEPORT, see socket(7)).
//
// The first one listens before it takes part in the sharing, so that an address which somebody else
// listens on is refused as ever, even to a second process of the same user.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <vector>

namespace gameday::devices::proxy {

// Descriptors of listening sockets that do not block; owned by the caller.
using Listeners = std::vector<int>;

// `count` listeners on `at`; with port 0 on one free port. Where the kernel does not share out,
// they are copies of one. On failure there are none, and `error` is the system's own.
Listeners open_listeners(const boost::asio::ip::tcp::endpoint& at, std::size_t count,
                         boost::system::error_code& error);

// From now on connections are refused; the address stays ours, and nobody can take it meanwhile.
void stop_listening(const Listeners& listeners);

// Undoes stop_listening.
boost::system::error_code listen_again(const Listeners& listeners);

}  // namespace gameday::devices::proxy
