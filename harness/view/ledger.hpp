// Ledger: what became of each acknowledged write, judged by the final reads; what survivors showed
// of it while a fault was in force; and what should not have shown at all.
//
// The final reads ask every node for every written key after healing, again and again until the
// newest acknowledged write shows or patience ends, and record each attempt. The last answer of a
// node is what it holds. What is missing is settled by model/standing.hpp.
#pragma once

#include "harness/view/key_order.hpp"
#include "harness/view/lag.hpp"
#include "harness/view/office.hpp"

#include "harness/model/scenario.hpp"

#include <string>
#include <vector>

namespace gameday::view {

// lost: the node in office does not show it, nor any write that may have come after it; where all
//   nodes may write (last write wins, several writers), or no office is known, no node does.
// behind: it is there, but some other node does not show it although patience is over.
// never_read: overwritten before any node but the one that acknowledged it returned it, nor a later
//   write of the same node to that key from before the next change of office or fault.
// stale: some node showed it only on a later attempt. stable: everything else.
// indeterminate: the node in office gave no answer that can be judged, or no office is known and
//   the nodes differ, or one that may have it never answered.
//
// The office of a store is told by role samples; without any, by who served its last acknowledged
// writes. The office of a key (ownership per key) is always told by its own last writes.
enum class Fate : std::uint8_t { stable, stale, lost, behind, never_read, indeterminate };

struct LedgerEntry {
    std::uint32_t write = 0;  // index into Evidence::operations
    RegionId region;          // of its client
    Fate fate = Fate::indeterminate;
    // May have been lost unseen: indeterminate; or never read and acknowledged shortly before a
    // change of office or a fault (see view/prone.hpp), or by another region than that in office
    // while a fault was in force.
    bool doubtful : 1 = false;
    bool unread : 1 = false;   // a node never answered for its key, so it may be behind there
    bool outdone : 1 = false;  // a write under way at the same time holds in the end
};
static_assert(sizeof(LedgerEntry) == 8);

// What the survivors of one fault showed while it was in force, of the writes acknowledged before.
struct SurvivorReads {
    bool any = false;
    Indexes lost, doubtful;                       // into Evidence::operations, in order
    std::uint64_t acknowledged = 0, covered = 0;  // covered: their keys were read
};

// How often something happened: between what is proven and what may be; and reads that show it.
struct Sightings {
    std::uint64_t proven = 0, possible = 0;
    std::vector<std::uint64_t> witnesses;  // seq, at most 20

    void add(std::uint64_t seq, bool certain = true);
};

struct Ledger {
    bool kept = false;                      // by any load
    std::vector<std::string> unkept;        // loads that wrote, and keep none
    bool asked = false, read_back = false;  // final reads were made; some were answered
    // Why the reads can not be judged, "" when they can: they never return a value.
    std::string deaf;
    std::vector<LedgerEntry> acknowledged;  // in order of seq; of loads that keep a ledger
    std::vector<SurvivorReads> survivors;   // by index of the faults
    Sightings unexpected;                   // values under a key that nobody wrote there
    Sightings resurrected;                  // refused writes that show
    Sightings returned;                     // absent everywhere after the heal, there later
    Sightings differing;    // keys of which two nodes show writes, neither older than the other
    Sightings unconverged;  // multi-writer keys that differ between nodes
    std::uint64_t recovered = 0;  // unknown writes that show: neither lost nor kept
    std::vector<NodeId> silent;   // nodes asked in the final reads that never answered
};

struct LedgerInput {
    const Scenario& scenario;
    const Evidence& evidence;
    const Goodness& goodness;
    const std::vector<FaultPeriod>& faults;
    const KeyOrder& by_key;
    const Lag& lag;
};

// O(n log n). Besides the ledger, one byte an operation while it works, and what the largest key
// needs.
Ledger ledger_of(const LedgerInput& input);

}  // namespace gameday::view
