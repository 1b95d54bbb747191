// Ledger: what became of each acknowledged write, judged by the final reads.
//
// The final reads ask every node for every written key after healing, again and again until the
// newest acknowledged write shows or patience ends; the last answer of a node is what it holds.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>
#include <vector>

namespace gameday::measures {

// stable: readable, or legitimately overwritten by a write that was not strictly older. stale: the
// same, but some node showed it only after a retry (visible late). lost: a node answered without it
// and without any write that was not strictly older in real time (last-write-wins and multi-writer
// scopes: every answering node did). never_read: the next acknowledged write of its key was served
// by another region, and no read by another region than its own ever returned it, so it may have
// been lost unseen. indeterminate: no node gave an answer that can be judged.
enum class Fate : std::uint8_t { stable, stale, lost, never_read, indeterminate };

struct LedgerEntry {
    const Operation* write = nullptr;
    Fate fate = Fate::indeterminate;
};

struct Ledger {
    std::vector<LedgerEntry> acknowledged;  // in order of `completed`
    bool read_back = false;                 // there were final reads with an answer
    std::uint64_t recovered = 0;            // unknown writes that show: neither lost nor kept
    std::uint64_t resurrected = 0;          // failed writes that show
    std::uint64_t unexpected = 0;           // final answers with an id nobody wrote under that key
    std::uint64_t unconverged = 0;          // keys of which two nodes finally show different values
    std::vector<NodeId> silent;             // nodes asked in the final reads that never answered
};

// O(n log n) in the operations. Loads without a ledger are left out.
Ledger ledger_of(const Evidence& evidence, const Scenario& scenario);

}  // namespace gameday::measures
