#include "harness/view/key_ledger.hpp"

#include "harness/model/standing.hpp"

#include <algorithm>
#include <bit>

namespace gameday::view {
namespace {

constexpr std::uint64_t bit_of(NodeId node) { return std::uint64_t{1} << (node.index() % 64); }

bool is_told(NodeId node) { return node.known() && node != unrecognised_node; }

// Whom a read back asked.
NodeId place_of(const Operation& read) { return read.node.known() ? read.node : read.served_by; }

}  // namespace

Mark mark_of(const LedgerEntry& entry) {
    return static_cast<Mark>(static_cast<unsigned>(entry.fate) | (entry.doubtful ? 8U : 0U) |
                             (entry.unread ? 16U : 0U) | (entry.outdone ? 32U : 0U));
}

LedgerEntry entry_of(std::uint32_t write, RegionId region, Mark mark) {
    LedgerEntry entry;
    entry.write = write;
    entry.region = region;
    entry.fate = static_cast<Fate>(mark & 7U);
    entry.doubtful = (mark & 8U) != 0;
    entry.unread = (mark & 16U) != 0;
    entry.outdone = (mark & 32U) != 0;
    return entry;
}

KeyLedger::KeyLedger(const LedgerInput& input, Ledger& ledger, std::vector<Mark>& marks)
    : input_(input),
      ledger_(ledger),
      marks_(marks),
      lag_most_(lag_before(input.lag, Instant::max())) {
    for (const auto& fault : input.faults) {
        Survivors survivors{
            std::vector<bool>(input.evidence.topology.nodes.size(), true),
            prone_since(fault.injected.low, lag_before(input.lag, fault.injected.high))};
        for (const NodeId node : fault.taken) {
            if (node.index() < survivors.nodes.size()) survivors.nodes[node.index()] = false;
        }
        survivors_of_.push_back(std::move(survivors));
    }
}

const Operation& KeyLedger::operation(std::uint32_t index) const {
    return input_.evidence.operations[index];
}

const Operation& KeyLedger::write(const Found& found) const {
    return operation(writes_[found.write].index);
}

void KeyLedger::judge(const LoadLedger& load, IndexSpan operations) {
    collect(load, operations);
    note_oddities(load);
    if (writes_.empty()) return;
    for (std::size_t fault = 0; fault < input_.faults.size(); ++fault) {
        if (ledger_.survivors[fault].any) judge_survivors(load, fault);
    }
    fill_holdings(finals_, load.asked);
    note_returned(load);
    note_differences(load);
    judge_writes(load);
}

// Looks once at each operation: those of a key lie far apart.
void KeyLedger::collect(const LoadLedger& load, IndexSpan operations) {
    writes_.clear();
    by_value_.clear();
    reads_.clear();
    finals_.clear();
    survivors_.clear();
    for (const auto index : operations) {
        const Operation& each = operation(index);
        if (each.verb == Verb::write) {
            writes_.push_back({each.invoked, 0, index});
        } else if (each.outcome == Outcome::ok) {
            const bool last = each.phase == Phase::final_read;
            const bool back = last || each.phase == Phase::survivor_read;
            auto& answers = back ? (last ? finals_ : survivors_) : reads_;
            answers.push_back({each.value, index, back ? place_of(each) : each.served_by});
        }
    }
    sort_writes();
    const auto by_completion = [&](const Answer& a, const Answer& b) {
        return operation(a.index).completed < operation(b.index).completed;
    };
    std::ranges::stable_sort(finals_, by_completion);
    std::ranges::stable_sort(survivors_, by_completion);
    resolve(reads_, load);
    resolve(finals_, load);
    resolve(survivors_, load);
}

// As a rule writes are in order already, and so are their values.
void KeyLedger::sort_writes() {
    const auto earlier = [](const Write& a, const Write& b) {
        return std::pair(a.invoked, a.index) < std::pair(b.invoked, b.index);
    };
    if (!std::ranges::is_sorted(writes_, earlier)) {
        std::ranges::sort(writes_, earlier);
    }
    for (std::uint32_t place = 0; place < writes_.size(); ++place) {
        by_value_.add(operation(writes_[place].index).value, place);
    }
    by_value_.finish();
}

// Finds the write that each answer shows, and notes for it who returned it.
void KeyLedger::resolve(std::vector<Answer>& answers, const LoadLedger& load) {
    for (auto& answer : answers) {
        answer.found = found_of(answer.value, load);
        if (answer.found.kind == Found::Kind::write && is_told(answer.node)) {
            writes_[answer.found.write].seen |= bit_of(answer.node);
        }
    }
}

KeyLedger::Found KeyLedger::found_of(std::uint64_t value, const LoadLedger& load) const {
    if (value == 0) return {};
    if (value == foreign_value) {
        return {load.existing ? Found::Kind::absent : Found::Kind::nobody, 0};
    }
    const auto place = by_value_.place_of(value);
    return place ? Found{Found::Kind::write, *place} : Found{Found::Kind::nobody, 0};
}

KeyLedger::Shows KeyLedger::shows(const Found& found, std::uint32_t place) const {
    if (found.kind == Found::Kind::absent) return Shows::older;
    // What nobody wrote stands where our write would, whenever it came there.
    if (found.kind == Found::Kind::nobody) return Shows::older;
    if (found.write == place) return Shows::it;
    const Operation& holder = write(found);
    switch (standing(holder.outcome, holder.completed, writes_[place].invoked)) {
        case Standing::newer: return Shows::newer;
        case Standing::older: return Shows::older;
        case Standing::unclear: break;
    }
    return Shows::unclear;
}

// What each of those asked holds: its last answer, and the oldest that it ever gave.
void KeyLedger::fill_holdings(const std::vector<Answer>& answers, const std::vector<bool>& asked) {
    holdings_.clear();
    for (std::size_t node = 0; node < asked.size(); ++node) {
        if (asked[node]) holdings_.push_back({NodeId::of(node)});
    }
    for (const auto& answer : answers) {
        const auto holding = std::ranges::find(holdings_, answer.node, &Holding::node);
        if (holding == holdings_.end()) continue;
        if (!holding->answered) holding->first = &answer;
        holding->answered = true;
        holding->last = &answer;
        if (answer.found.kind == Found::Kind::absent) holding->worst = Instant::min();
        if (answer.found.kind == Found::Kind::write && write(answer.found).outcome == Outcome::ok) {
            holding->worst = std::min(holding->worst, write(answer.found).completed);
        }
    }
}

// By the answers in holdings_.
KeyLedger::Judgement KeyLedger::judge_write(std::uint32_t place, const LoadLedger& load,
                                            NodeId office) const {
    const Operation& judged = operation(writes_[place].index);
    std::size_t with = 0;
    std::size_t without = 0;
    std::size_t unclear = 0;
    std::size_t itself = 0;
    std::size_t silent = 0;
    std::optional<Shows> in_office;
    Judgement judgement;
    for (const auto& holding : holdings_) {
        if (!holding.answered) {
            if (!load.is_excused(holding.node)) ++silent;
            continue;
        }
        const Shows shown = shows(holding.last->found, place);
        if (holding.node == office) in_office = shown;
        if (shown == Shows::it) ++itself;
        if (shown == Shows::it || shown == Shows::newer) ++with;
        if (shown == Shows::older) ++without;
        if (shown == Shows::unclear) ++unclear;
        if (shown == Shows::newer && write(holding.last->found).invoked <= judged.completed) {
            judgement.outdone = true;
        }
        judgement.late = judgement.late || holding.worst < judged.invoked;
    }
    judgement.unread = silent > 0;
    judgement.missing = without > 0 && with == 0;
    judgement.outdone = judgement.outdone && itself == 0;
    const bool nowhere = without > 0 && with == 0 && unclear == 0 && silent == 0;
    if (load.is_exclusive() && is_told(office)) {
        if (!in_office || *in_office == Shows::unclear) return judgement;
        if (*in_office == Shows::older) {
            judgement.fate = Fate::lost;
            return judgement;
        }
        judgement.held = *in_office == Shows::it;
    } else if (nowhere) {
        judgement.fate = Fate::lost;
        return judgement;
    } else {
        const bool differ = load.is_exclusive() && without + unclear > 0;
        if (with == 0 || differ) return judgement;
        judgement.held = itself == with;
    }
    judgement.fate = without > 0 ? Fate::behind : Fate::stable;
    return judgement;
}

bool KeyLedger::was_seen_elsewhere(std::uint64_t seen, const Operation& write) const {
    if (is_told(write.served_by)) return (seen & ~bit_of(write.served_by)) != 0;
    return std::popcount(seen) > 1;  // one of them at least did not acknowledge it
}

// Acknowledged by another region than that in office, while a fault was in force.
bool KeyLedger::was_cut_off(const LoadLedger& load, const Operation& write) const {
    if (!load.office) return false;
    const auto& topology = input_.evidence.topology;
    const RegionId office = topology.region_of(load.office->at(write.completed));
    const RegionId served = topology.region_of(write.served_by);
    if (!office.known() || !served.known() || office == served) return false;
    return std::ranges::any_of(input_.faults, [&](const FaultPeriod& fault) {
        return fault.injected.low <= write.completed &&
               (!fault.healed || write.completed <= fault.healed->high);
    });
}

// From the newest write to the oldest, so that what is known of later ones of the same node helps.
void KeyLedger::judge_writes(const LoadLedger& load) {
    NodeId office;
    if (load.office) {
        office = load.office->last();
    } else if (load.ownership == Ownership::per_key) {
        Indexes all;
        for (const auto& each : writes_) all.push_back(each.index);
        office = last_server(input_.evidence, all, input_.faults, input_.scenario.minimum.hold);
    }
    // When the newest write began that proves for all earlier ones of its node that they came
    // through, by node; of one event only.
    std::vector<std::pair<NodeId, Instant>> proofs;
    std::size_t event = ~std::size_t{0};
    const Operation* next = nullptr;  // the acknowledged write that follows
    for (std::uint32_t place = static_cast<std::uint32_t>(writes_.size()); place-- > 0;) {
        const Operation& judged = operation(writes_[place].index);
        if (!is_acknowledged(judged)) continue;
        const Judgement judgement = judge_write(place, load, office);
        LedgerEntry entry;
        entry.write = writes_[place].index;
        entry.fate = judgement.fate;
        entry.unread = judgement.unread;
        entry.outdone = judgement.outdone;
        const bool there = entry.fate == Fate::stable || entry.fate == Fate::behind;
        const bool came_through =
            there && (judgement.held || was_seen_elsewhere(writes_[place].seen, judged));
        if (const auto own = load.prone.next(judged.completed); own != event) {
            event = own;
            proofs.clear();
        }
        const auto proof = std::ranges::find_if(
            proofs, [&](const auto& each) { return each.first == judged.served_by; });
        if (came_through) {
            if (is_told(judged.served_by) && judged.completed < load.prone.start(event) &&
                proof == proofs.end()) {
                proofs.emplace_back(judged.served_by, judged.invoked);
            }
            if (entry.fate == Fate::stable && judgement.late) entry.fate = Fate::stale;
        } else if (there && (proof == proofs.end() || proof->second <= judged.completed)) {
            const bool taken_over = load.ownership == Ownership::per_key && next != nullptr &&
                                    next->served_by != judged.served_by &&
                                    next->completed - judged.completed <= lag_most_;
            entry.doubtful =
                taken_over || load.prone.covers(judged.completed) || was_cut_off(load, judged);
            if (entry.fate == Fate::stable) entry.fate = Fate::never_read;
        }
        if (entry.fate == Fate::indeterminate) entry.doubtful = true;
        marks_[entry.write] = mark_of(entry);
        next = &judged;
    }
}

}  // namespace gameday::view
