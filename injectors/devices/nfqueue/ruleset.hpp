// The tables that lead the packets of a rule's flows to a queue. Pure.
#pragma once

#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/kernel/nft/nft.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::devices::nfqueue {

// Where the packets are led to.
struct TableLead {
    std::string table;
    std::uint16_t queue = 0;
    // Each later rule stands behind the earlier ones: the kernel sends a packet on from a place in
    // a list, and one that waits while a rule is put in before its own would meet its own twice.
    std::uint32_t turn = 0;
    bool compat = false;  // see nft::Queue
};

// One table for IPv4 and one for IPv6, as far as the flows need them. Packets that arrive are taken
// before NAT changes them and once they are whole (behind defragmentation); packets that leave
// behind NAT: both with the addresses they have on the wire.
std::vector<kernel::nft::Table> tables_of(const Rule& rule, const TableLead& lead);

}  // namespace gameday::devices::nfqueue
