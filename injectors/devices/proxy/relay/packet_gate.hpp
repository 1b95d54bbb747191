// PacketGate: the filter on one socket, as the rules want it, and how many packets it has taken. A
// socket that is not open is -1.
#pragma once

#include "injectors/devices/proxy/rules/packet_rules.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gameday::devices::proxy {

// Packets taken away since they were counted last, and by whom.
struct PacketBites {
    std::int64_t packets = 0;
    std::vector<FaultId> by;
};

class PacketGate {
 public:
    // From now on. Returns what was taken under the rule so far. A filter that the kernel refuses
    // is none: what the rule asks of bytes holds all the same. A peer is asked after when its
    // packets come through again.
    PacketBites follow(int socket, PacketRule rule);
    // The socket is open only now.
    void attach(int socket) { (void)follow(socket, rule_); }  // Nothing was taken before.
    // The socket is about to be closed: its last segments need their ACKs.
    PacketBites detach(int socket) { return follow(socket, {}); }
    // Whether its peer is unheard altogether; a share of packets lost is no reason for that.
    [[nodiscard]] bool is_deaf() const { return counted_ && rule_.loss.all; }
    // What was taken meanwhile.
    PacketBites count(int socket);

 private:
    PacketRule rule_;
    std::optional<std::uint32_t> counted_;  // nothing: it has no filter
};

}  // namespace gameday::devices::proxy
