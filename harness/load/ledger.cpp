#include "harness/load/ledger.hpp"

#include "harness/model/standing.hpp"

#include <algorithm>

namespace gameday::load {

bool LedgerEntry::is_settled(std::uint64_t found) const {
    if (newest_acked_invoked == Instant::min()) return true;
    return std::ranges::any_of(writes, [&](const Write& write) {
        return write.value == found &&
               standing(write.outcome, write.completed, newest_acked_invoked) == Standing::newer;
    });
}

Ledger make_ledger(std::span<const Operation> operations, std::span<const ClientInfo> clients,
                   std::uint16_t load) {
    Ledger ledger;
    for (const auto& operation : operations) {
        const bool sent = operation.cause != Cause::shed && operation.cause != Cause::no_route;
        if (operation.verb != Verb::write || !sent || operation.phase == Phase::final_read ||
            clients[operation.client.index()].load != load) {
            continue;
        }
        LedgerEntry& entry = ledger[operation.key];
        entry.writes.push_back({operation.value, operation.completed, operation.outcome});
        if (operation.outcome == Outcome::ok) {
            entry.newest_acked_invoked = std::max(entry.newest_acked_invoked, operation.invoked);
        }
    }
    return ledger;
}

}  // namespace gameday::load
