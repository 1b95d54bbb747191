// What should not have shown under a key at all.
#include "harness/view/key_ledger.hpp"

#include "harness/model/standing.hpp"

#include <algorithm>

namespace gameday::view {
namespace {

// Whether the first was over before the second began, for certain.
bool is_older(const Operation& first, const Operation& second) {
    return standing(first.outcome, first.completed, second.invoked) == Standing::older;
}

}  // namespace

void Sightings::add(std::uint64_t seq, bool certain) {
    constexpr std::size_t most = 20;
    ++possible;
    if (certain) ++proven;
    if (witnesses.size() < most) witnesses.push_back(seq);
}

// Values that nobody wrote count where it is known what was written: in the reads back, and in all
// reads when values carry the run id. Each counts once.
void KeyLedger::note_oddities(const LoadLedger& load) {
    odd_.clear();
    const auto look = [&](const Answer& answer, bool any_value) {
        const bool nobody = answer.found.kind == Found::Kind::nobody;
        if (answer.found.kind == Found::Kind::absent || (nobody && !any_value)) return;
        if (!nobody && write(answer.found).outcome == Outcome::ok) return;
        odd_.emplace_back(answer.value, answer.index);
    };
    for (const auto& answer : finals_) look(answer, true);
    for (const auto& answer : survivors_) look(answer, true);
    const bool carries_run = input_.evidence.run_id != 0;
    for (const auto& answer : reads_) look(answer, carries_run);
    std::ranges::sort(odd_);
    for (std::size_t i = 0; i < odd_.size(); ++i) {
        const auto [value, index] = odd_[i];
        if (i > 0 && odd_[i - 1].first == value) continue;
        const Found found = found_of(value, load);
        if (found.kind == Found::Kind::nobody) {
            ledger_.unexpected.add(operation(index).seq);
        } else if (write(found).outcome == Outcome::failed) {
            ledger_.resurrected.add(operation(index).seq);
        } else {
            ++ledger_.recovered;
        }
    }
}

// A write is returned when an answer shows it although the first answer of every node was without
// it: certainly, when every node that was asked answered at all.
void KeyLedger::note_returned(const LoadLedger& load) {
    noted_.clear();
    for (const auto& answer : finals_) {
        const Found& found = answer.found;
        if (found.kind != Found::Kind::write || write(found).outcome != Outcome::ok) continue;
        if (std::ranges::find(noted_, found.write) != noted_.end()) continue;
        noted_.push_back(found.write);
        bool certain = true;
        const bool nowhere = std::ranges::all_of(holdings_, [&](const Holding& holding) {
            if (holding.answered) return shows(holding.first->found, found.write) == Shows::older;
            certain = certain && load.is_excused(holding.node);
            return true;
        });
        if (nowhere) ledger_.returned.add(operation(answer.index).seq, certain);
    }
}

// Two nodes differ when they show two writes of which neither was over before the other began.
// Where the system's own order is causal it tells which of them is older; a clock only may.
void KeyLedger::note_differences(const LoadLedger& load) {
    bool proven = false;
    bool possible = false;
    bool unlike = false;
    bool unread = false;
    std::uint64_t witness = 0;
    for (const auto& a : holdings_) {
        unread = unread || !a.answered;
        if (!a.answered) continue;
        for (const auto& b : holdings_) {
            if (!b.answered || a.node >= b.node || a.last->found == b.last->found) continue;
            unlike = true;
            witness = operation(b.last->index).seq;
            if (a.last->found.kind != Found::Kind::write ||
                b.last->found.kind != Found::Kind::write) {
                continue;
            }
            const Operation& first = write(a.last->found);
            const Operation& second = write(b.last->found);
            const bool refused =
                first.outcome == Outcome::failed || second.outcome == Outcome::failed;
            if (refused || is_older(first, second) || is_older(second, first)) continue;
            const std::uint64_t version = operation(a.last->index).version;
            const std::uint64_t other = operation(b.last->index).version;
            const bool ordered = version != 0 && other != 0 && version != other;
            if (ordered && load.order == VersionOrder::causal) continue;
            possible = true;
            const bool both = first.outcome == Outcome::ok && second.outcome == Outcome::ok;
            // One writer has written one after the other, so that a node may be behind with either.
            proven = proven || (both && !ordered && !load.is_exclusive());
        }
    }
    if (possible) ledger_.differing.add(witness, proven);
    if (load.is_exclusive()) return;
    if (unlike || unread) ledger_.unconverged.add(witness, unlike);
}

}  // namespace gameday::view
