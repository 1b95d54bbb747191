// What the toxics of a UDP proxy are to its datagrams. Pure.
#pragma once

#include "injectors/devices/proxy/actions.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"
#include "injectors/proxy_server/udp/datagram_rule.hpp"

#include <cstdint>
#include <vector>

namespace gameday::devices::proxy::toxiproxy {

struct DrawnToxic {
    Toxic toxic;
    std::uint64_t seed = 0;  // of its draws
};

// What all of them are to one direction (to or from) of one session. Toxicity is the share of the
// sessions that meet a toxic at all, drawn for each.
udp::DatagramRule datagram_rule(const std::vector<DrawnToxic>& toxics, Direction way,
                                std::uint64_t session);

}  // namespace gameday::devices::proxy::toxiproxy
