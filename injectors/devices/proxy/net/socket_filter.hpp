// Socket filters: packets that one of our own TCP sockets never gets to see.
//
// A classic BPF program (SO_ATTACH_FILTER, socket(7)) takes them away before TCP does, so nothing
// acknowledges them and the peer sends them again, as on a wire that loses them. It filters what
// comes in, never what goes out. What waits in the socket's receive queue has been acknowledged
// before and is delivered. A listener's filter meets SYNs, and what it accepts inherits it.
#pragma once

#include "harness/base/result.hpp"

#include <cstdint>
#include <string>

namespace gameday::devices::proxy {

// Which of the packets that come in are lost.
struct PacketLoss {
    bool all = false;
    // Those without data that neither open nor end a stream: ACKs, keepalive and window probes. So
    // the peer's bytes arrive, while its connection gets no answer once it is idle or stands still.
    bool bare = false;
    double share = 0;  // of all others; each is drawn by the kernel, whose draws have no seed

    [[nodiscard]] bool none() const { return !all && !bare && share <= 0; }
    bool operator==(const PacketLoss&) const = default;
};

// Puts the filter on the socket instead of the one it has; none takes it off. Fails with
// `unsupported` and the reason. A socket of another kind than TCP must not be given `bare`.
Result<void> filter_packets(int socket, const PacketLoss& loss);

// Whether TCP asks a peer that says nothing for 5 s if it is still there (SO_KEEPALIVE): one that
// ended while its packets were filtered will never say so again. Not while they are filtered, for
// its answers would be, too.
void ask_after_peer(int socket, bool on);

// Whether this process may filter TCP sockets, found out on a socket of its own (some kernels ask
// for CAP_NET_ADMIN). Fails with `unsupported`, what is missing and how to get it.
Result<void> may_filter_packets();

// What a black hole is where packets may not be filtered, for people: one line.
std::string remark_without_filters(const Error& why);

// Packets that the socket has not taken in since it was made; 32 bits, which turn over. While it
// has a filter these are the filter's, and duplicates that TCP itself lets go.
std::uint32_t packets_dropped(int socket);

}  // namespace gameday::devices::proxy
