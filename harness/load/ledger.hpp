// Ledger: what was written under each key, and which value found there is beyond dispute. Pure.
#pragma once

#include "harness/model/evidence.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace gameday::load {

// What is known of one key.
struct LedgerEntry {
    struct Write {
        std::uint64_t value = 0;
        Instant completed{};
        Outcome outcome = Outcome::unknown;
    };
    std::vector<Write> writes;
    Instant newest_acked_invoked = Instant::min();  // min: nothing was acknowledged
    // Nothing acknowledged is missing: `found` (0 = absent) is newer than every acknowledged write,
    // by the rule of model/standing.hpp.
    [[nodiscard]] bool is_settled(std::uint64_t found) const;
};

// Keys written by one load, in order. Writes that were never sent (shed, no route) are left out.
using Ledger = std::map<std::uint32_t, LedgerEntry>;
Ledger make_ledger(std::span<const Operation> operations, std::span<const ClientInfo> clients,
                   std::uint16_t load);

}  // namespace gameday::load
