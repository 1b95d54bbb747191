#include "injectors/devices/proxy/rules/packet_rules.hpp"

namespace gameday::devices::proxy {
namespace {

// Adds what is lost at random; the one fault's survivors are what the other meets.
void add_share(PacketRule& rule, double share, FaultId by) {
    if (share <= 0) return;
    rule.loss.share = 1 - (1 - rule.loss.share) * (1 - share);
    rule.by.push_back(by);
}

}  // namespace

PacketRule packets_at(const LinkRules& rules, Direction way, std::uint64_t connection) {
    PacketRule result;
    for (const auto& fault : rules) {
        if (!meets(fault, connection)) continue;
        const bool covered = covers(fault.rule.direction, way);
        if (fault.rule.cut == Cut::blackhole) {
            (covered ? result.loss.all : result.loss.bare) = true;
            if (covered) result.by.push_back(fault.id);
        } else if (covered) {
            add_share(result, fault.rule.loss, fault.id);
        }
    }
    return result;
}

PacketRule packets_at_listener(const LinkRules& rules) {
    PacketRule result;
    for (const auto& fault : rules) {
        if (fault.rule.scope == Scope::established || fault.rule.share < 1) continue;
        if (fault.rule.cut == Cut::blackhole) {
            result.loss.all = true;  // In either direction: a handshake needs both.
            result.by.push_back(fault.id);
        } else if (covers(fault.rule.direction, Direction::to)) {
            add_share(result, fault.rule.loss, fault.id);
        }
    }
    return result;
}

}  // namespace gameday::devices::proxy
