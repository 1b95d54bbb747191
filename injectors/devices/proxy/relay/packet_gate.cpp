#include "injectors/devices/proxy/relay/packet_gate.hpp"

#include <utility>

namespace gameday::devices::proxy {

PacketBites PacketGate::follow(int socket, PacketRule rule) {
    auto bites = count(socket);
    const bool same = rule.loss == rule_.loss && (counted_ || rule.loss.none());
    rule_ = std::move(rule);
    if (same || socket < 0) return bites;
    const bool filtered = filter_packets(socket, rule_.loss) && !rule_.loss.none();
    if (filtered != counted_.has_value()) ask_after_peer(socket, !filtered);
    counted_ = filtered ? std::optional(packets_dropped(socket)) : std::nullopt;
    return bites;
}

PacketBites PacketGate::count(int socket) {
    if (!counted_ || rule_.by.empty()) return {};
    const std::uint32_t now = packets_dropped(socket);
    const std::uint32_t taken = now - *std::exchange(counted_, now);
    return {static_cast<std::int64_t>(taken), rule_.by};
}

}  // namespace gameday::devices::proxy
