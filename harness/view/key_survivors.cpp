// What the survivors of a fault showed of a key while it was in force.
#include "harness/view/key_ledger.hpp"

#include <algorithm>

namespace gameday::view {
namespace {

bool is_in_force(const Operation& read, const FaultPeriod& fault) {
    return read.invoked >= fault.injected.low &&
           (!fault.healed || read.completed <= fault.healed->low);
}

bool is_taken(NodeId node, const FaultPeriod& fault) {
    return std::ranges::find(fault.taken, node) != fault.taken.end();
}

}  // namespace

// Who was in office while the fault was in force, if that is a survivor.
NodeId KeyLedger::office_under(const LoadLedger& load, std::size_t fault) const {
    const FaultPeriod& period = input_.faults[fault];
    const Instant end = period.healed ? period.healed->low : input_.evidence.finished;
    NodeId office;
    if (load.office) {
        office = load.office->at(end);
    } else if (load.ownership == Ownership::per_key) {
        Instant last = period.injected.high;
        for (const auto& each : writes_) {
            const Operation& write = operation(each.index);
            if (write.outcome != Outcome::ok || write.completed <= last || write.completed > end) {
                continue;
            }
            last = write.completed;
            office = write.served_by;
        }
    }
    return is_taken(office, period) ? NodeId() : office;
}

// Fills holdings_ by the last answers of the survivors, and survivor_seen_ by all that they said.
void KeyLedger::look_at_survivors(std::size_t fault) {
    const FaultPeriod& period = input_.faults[fault];
    const std::vector<bool>& asked = survivors_of_[fault].nodes;
    survivor_seen_.assign(writes_.size(), 0);
    answers_.clear();
    const auto look = [&](const Answer& answer) {
        const Operation& read = operation(answer.index);
        const bool by_survivor = answer.node.index() < asked.size() && asked[answer.node.index()];
        if (!by_survivor || (period.healed && read.completed > period.healed->low)) return;
        if (answer.found.kind == Found::Kind::write) {
            survivor_seen_[answer.found.write] |= std::uint64_t{1} << (answer.node.index() % 64);
        }
        if (read.phase == Phase::survivor_read && is_in_force(read, period)) {
            answers_.push_back(answer);
        }
    };
    for (const auto& answer : reads_) look(answer);
    for (const auto& answer : survivors_) look(answer);
    fill_holdings(answers_, asked);
}

// Of the writes acknowledged before the fault. What no survivor was asked for is in doubt when it
// was acknowledged so shortly before that it may have been on one node only; so is what was
// overwritten before a survivor that had not acknowledged it returned it.
void KeyLedger::judge_survivors(const LoadLedger& load, std::size_t fault) {
    const FaultPeriod& period = input_.faults[fault];
    SurvivorReads& reads = ledger_.survivors[fault];
    look_at_survivors(fault);
    const NodeId office = office_under(load, fault);
    const Instant prone = survivors_of_[fault].prone;
    // A key that only some survivors were asked for is as good as one that none was.
    const bool all_answered =
        std::ranges::all_of(holdings_, [](const Holding& each) { return each.answered; });
    for (std::uint32_t place = 0; place < writes_.size(); ++place) {
        const Operation& judged = operation(writes_[place].index);
        if (judged.outcome != Outcome::ok || judged.completed > period.injected.high) continue;
        ++reads.acknowledged;
        const bool seen = was_seen_elsewhere(survivor_seen_[place], judged);
        if (answers_.empty()) {
            if (judged.completed > prone && !seen) reads.doubtful.push_back(writes_[place].index);
            continue;
        }
        ++reads.covered;
        const Judgement judgement = judge_write(place, load, office);
        if (judgement.fate == Fate::lost) {
            reads.lost.push_back(writes_[place].index);
        } else if ((judgement.fate == Fate::indeterminate && (all_answered || judgement.missing)) ||
                   (!judgement.held && !seen && judged.completed > prone)) {
            reads.doubtful.push_back(writes_[place].index);
        }
    }
}

}  // namespace gameday::view
