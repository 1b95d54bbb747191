// What becomes of the packets that reach the sockets of a hop, where filters are permitted. Pure.
//
// The client's socket and the listener see what goes `to` the target, the upstream's socket what
// comes `from` it. A filter takes away what comes in; what we send ourselves cannot be taken back.
// So in a black hole one way, of the other way's sender the bytes pass, but nothing without bytes:
// its keepalives and its probes of a full window go unanswered, as they do on a real wire, where
// the answers are what is lost.
#pragma once

#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"

#include <cstdint>
#include <vector>

namespace gameday::devices::proxy {

struct PacketRule {
    PacketLoss loss;
    std::vector<FaultId> by;  // whose bite a packet that is lost proves
    bool operator==(const PacketRule&) const = default;
};

// At the socket of a connection whose bytes go `way` (to: the client's, from: the upstream's).
PacketRule packets_at(const LinkRules& rules, Direction way, std::uint64_t connection);

// At the listener, where SYNs arrive. Only rules that meet every new connection: which ones a share
// meets is drawn when they have been accepted.
PacketRule packets_at_listener(const LinkRules& rules);

}  // namespace gameday::devices::proxy
