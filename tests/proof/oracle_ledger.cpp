// The ledger: what each acknowledged write became.
#include "tests/proof/oracle_parts.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace gameday::proof {

namespace {

struct Look {  // one read of a key at a node
    double when = 0;
    NodeId node;
    std::uint64_t value = 0;
};

struct Entry {  // one key
    std::vector<const Operation*> writes;
    std::vector<Look> ends, survivors;  // in order of time
};

struct Count {
    double sure = 0, perhaps = 0;
    double oldest_sure = endless, oldest = endless;  // acknowledged

    void add(const Operation& write, bool certain) {
        const double done = at(write.completed);
        if (certain) ++sure;
        ++perhaps;
        if (certain) oldest_sure = std::min(oldest_sure, done);
        oldest = std::min(oldest, done);
    }
    [[nodiscard]] Figures value() const { return {sure, perhaps}; }
};

struct Ledger {
    const Case& the;
    std::map<std::uint32_t, Entry> keys;
    std::map<std::uint64_t, const Operation*> by_value;
    std::map<std::uint64_t, std::set<std::uint16_t>> returned_by;  // nodes, by value
    std::vector<double> moves;                                     // changes of office
    double doubt = 1;                                              // the largest lag
};

bool promised(const Case& the, const Operation& write) {
    if (write.outcome == Outcome::ok) return true;
    return the.is(Mutation::unknown_is_kept) && write.outcome == Outcome::unknown;
}

NodeId office_at(const Case& the, double when) {
    NodeId node;
    double latest = -1;
    if (!the.told) return node;
    for (const auto& operation : the.evidence.operations) {
        if (!loaded(operation) || operation.outcome != Outcome::ok) continue;
        const double done = at(operation.completed);
        if (done > when || done < latest || !operation.served_by.known()) continue;
        latest = done;
        node = operation.served_by;
    }
    return node;
}

bool is_measured_write(const Operation& operation) {
    return operation.verb == Verb::write && operation.phase <= Phase::active;
}

Ledger make_ledger(const Case& the) {
    Ledger ledger{the, {}, {}, {}, {}, 1};
    std::vector<const Operation*> served;
    for (const auto& operation : the.evidence.operations) {
        const auto client = operation.client.index();
        const bool kept = operation.phase == Phase::final_read ||
                          operation.phase == Phase::survivor_read ||
                          the.scenario.loads[the.evidence.clients[client].load].ledger;
        if (is_measured_write(operation)) {
            if (kept) ledger.keys[operation.key].writes.push_back(&operation);
            ledger.by_value[operation.value] = &operation;
        } else if (operation.verb == Verb::read && operation.outcome == Outcome::ok) {
            ledger.returned_by[operation.value].insert(operation.served_by.value);
            const Look look{at(operation.completed), operation.node, operation.value};
            auto& entry = ledger.keys[operation.key];
            if (operation.phase == Phase::final_read) entry.ends.push_back(look);
            if (operation.phase == Phase::survivor_read) entry.survivors.push_back(look);
        }
        if (loaded(operation) && named(the, operation)) served.push_back(&operation);
    }
    std::sort(served.begin(), served.end(),
              [](const Operation* a, const Operation* b) { return a->invoked < b->invoked; });
    for (std::size_t index = 1; index < served.size(); ++index) {
        if (served[index]->served_by != served[index - 1]->served_by) {
            ledger.moves.push_back(at(served[index]->invoked));
        }
    }
    const auto by_time = [](const Look& a, const Look& b) { return a.when < b.when; };
    for (auto& [key, entry] : ledger.keys) {
        std::stable_sort(entry.ends.begin(), entry.ends.end(), by_time);
        std::stable_sort(entry.survivors.begin(), entry.survivors.end(), by_time);
    }
    for (const auto& sample : the.evidence.lags) {
        ledger.doubt = std::max(ledger.doubt, seconds(sample.lag.high));
    }
    return ledger;
}

enum class State : std::uint8_t { kept, replaced, absent, foreign };

// What the last look at a node says of a write.
State state_in(const Ledger& ledger, const Operation& write, std::uint64_t value) {
    if (value == write.value) return State::kept;
    if (value == 0) return State::absent;
    const auto found = ledger.by_value.find(value);
    if (found == ledger.by_value.end() || found->second->key != write.key) return State::foreign;
    const auto& shown = *found->second;
    const bool older = shown.completed < write.invoked && shown.outcome == Outcome::ok;
    return older ? State::absent : State::replaced;
}

struct Fate {
    bool seen = false, lost = false, perhaps = false;  // perhaps: overwritten, never read
    bool behind = false, odd = false;
};

bool in_doubt(const Ledger& ledger, const Operation& write) {
    if (ledger.the.is(Mutation::overwritten_is_stable)) return false;
    const auto found = ledger.returned_by.find(write.value);
    if (found != ledger.returned_by.end()) {
        for (const auto node : found->second) {
            if (NodeId(node) != write.served_by) return false;
        }
    }
    const double done = at(write.completed);
    const auto near = [&](double instant) {
        return done <= instant && done >= instant - ledger.doubt;
    };
    for (const double move : ledger.moves) {
        if (near(move)) return true;
    }
    for (const auto& fault : ledger.the.faults) {
        if (near(fault.injected.high) || near(fault.injected.low)) return true;
        // Until the office is empty the old one may go on.
        if (done >= fault.injected.low && done <= fault.injected.low + 0.1) return true;
    }
    return false;
}

Fate fate_of(const Ledger& ledger, const Operation& write, const std::vector<Look>& looks,
             NodeId office) {
    std::map<std::uint16_t, State> last;
    for (const auto& look : looks) last[look.node.value] = state_in(ledger, write, look.value);
    Fate fate;
    if (last.empty()) return fate;
    fate.seen = true;
    bool everywhere = true, somewhere = false;
    for (const auto& [node, state] : last) {
        const bool gone = state == State::absent ||
                          (state == State::foreign && ledger.the.is(Mutation::foreign_is_absent));
        if (state == State::foreign) fate.odd = true;
        if (gone)
            somewhere = true;
        else
            everywhere = false;
    }
    const auto there = last.find(office.value);
    const bool gone_there = there != last.end() && there->second == State::absent;
    fate.lost = everywhere || gone_there;
    // Whose word counts is not known.
    if (!fate.lost && somewhere && !office.known()) fate.perhaps = true;
    if (somewhere && ledger.the.is(Mutation::behind_is_lost)) fate.lost = true;
    fate.behind = somewhere && !fate.lost;
    bool replaced = there != last.end() && there->second == State::replaced;
    for (const auto& [node, state] : last) {
        replaced = replaced || (!office.known() && state == State::replaced);
    }
    if (!fate.lost && replaced && in_doubt(ledger, write)) fate.perhaps = true;
    return fate;
}

// Whether a loss acknowledged then counts for the fault, for its time in force, or its way back.
enum class Share : std::uint8_t { none, before, after, way_back };

struct Allotment {
    const Case& the;
    std::vector<double> back;

    // `late`: each fault came into force at the end of its interval, not at its begin.
    [[nodiscard]] Share of(std::size_t index, double done, bool late) const {
        const auto& fault = the.faults[index];
        const auto injected = [&](const Force& one) {
            return late ? one.injected.high : one.injected.low;
        };
        if (done >= injected(fault)) {
            for (std::size_t other = 0; other < the.faults.size(); ++other) {
                const auto& next = the.faults[other];
                if (next.injected.low > fault.injected.low && done >= injected(next)) {
                    return Share::none;
                }
            }
            if (done < fault.healed.high) return Share::after;
            if (done < back[index]) return Share::way_back;
            return next_fault(the, fault) == endless ? Share::after : Share::none;
        }
        for (std::size_t other = 0; other < the.faults.size(); ++other) {
            const auto& previous = the.faults[other];
            if (previous.injected.low >= fault.injected.low) continue;
            if (done < injected(previous)) return Share::none;
            const bool way_back = done > previous.healed.low && done < back[other];
            if (way_back && !the.is(Mutation::way_back_to_next)) return Share::none;
        }
        return Share::before;
    }
};

Figures point_before(const Ledger& ledger, const Count& lost, double low, double high) {
    if (lost.perhaps == 0) return {0, 0};
    double kept = 0;
    for (const auto& [key, entry] : ledger.keys) {
        for (const auto* write : entry.writes) {
            const double done = at(write->completed);
            if (promised(ledger.the, *write) && done < lost.oldest) kept = std::max(kept, done);
        }
    }
    const double sure = lost.sure > 0 ? std::max(0.0, low - lost.oldest_sure) : 0;
    return {sure, std::max(sure, high - kept)};
}

void measure_fault(const Ledger& ledger, std::size_t index, const Allotment& allotment,
                   NodeId office, std::vector<Measurement>& all) {
    const auto& fault = ledger.the.faults[index];
    Count before, after, back, fallen;
    bool read = false;
    const NodeId stand_in = office_at(ledger.the, fault.healed.low);
    for (const auto& [key, entry] : ledger.keys) {
        std::vector<Look> survivors;
        for (const auto& look : entry.survivors) {
            if (look.when > fault.injected.high && look.when < fault.healed.low) {
                survivors.push_back(look);
            }
        }
        for (const auto* write : entry.writes) {
            if (!promised(ledger.the, *write)) continue;
            const double done = at(write->completed);
            const auto share = allotment.of(index, done, false);
            const auto other = allotment.of(index, done, true);
            const auto fate = fate_of(ledger, *write, entry.ends, office);
            const auto seen = fate_of(ledger, *write, survivors, stand_in);
            read = read || seen.seen;
            const auto count = [&](Count& where, Share which, const Fate& one) {
                if (share != which && other != which) return;
                if (one.lost || one.perhaps) where.add(*write, one.lost && share == other);
            };
            count(before, Share::before, fate);
            count(after, Share::after, fate);
            count(back, Share::way_back, fate);
            count(fallen, Share::before, seen);
        }
    }
    const double low = fault.injected.low, high = fault.injected.high;
    const auto healed = point_before(ledger, before, low, high);
    auto rpo = healed;
    if (!fault.taken.empty() && !ledger.the.is(Mutation::rpo_after_heal_only)) {
        if (read)
            rpo = point_before(ledger, fallen, low, high);
        else if (!ledger.the.is(Mutation::survivors_unread_is_0))
            rpo.high = endless;
    }
    add(all, "rpo", "", fault.name, Unit::seconds, rpo);
    add(all, "rpo_after_heal", "", fault.name, Unit::seconds, healed);
    add(all, "lost_acked", "", fault.name, Unit::count, before.value());
    add(all, "lost_after_fault", "", fault.name, Unit::count, after.value());
    add(all, "failback_lost", "", fault.name, Unit::count, back.value());
    if (read) add(all, "lost_at_failover", "", fault.name, Unit::count, fallen.value());
}

// Absent at every node once, and there later.
bool came_back(const Ledger& ledger, const Operation& write, const std::vector<Look>& looks) {
    std::map<std::uint16_t, State> now;
    bool gone = false;
    const std::size_t nodes = ledger.the.evidence.topology.nodes.size();
    for (const auto& look : looks) {
        const auto state = state_in(ledger, write, look.value);
        now[look.node.value] = state;
        if (gone && state == State::kept) return true;
        bool all = now.size() == nodes;
        for (const auto& [node, shown] : now) all = all && shown == State::absent;
        gone = gone || all;
    }
    return false;
}

}  // namespace

void measure_ledger(const Case& the, std::vector<Measurement>& all) {
    const auto ledger = make_ledger(the);
    const NodeId office = office_at(the, endless);
    Allotment allotment{the, {}};
    for (const auto& fault : the.faults) {
        double back = back_at(the, fault);
        const double next = next_fault(the, fault);
        for (const double move : ledger.moves) {
            if (move > fault.healed.low && move < next) back = std::max(back, move);
        }
        allotment.back.push_back(back);
    }
    for (std::size_t index = 0; index < the.faults.size(); ++index) {
        measure_fault(ledger, index, allotment, office, all);
    }
    Count lost;
    double behind = 0, odd_behind = 0, returned = 0;
    std::set<std::uint32_t> unexpected, resurrected, differing;
    for (const auto& [key, entry] : ledger.keys) {
        std::map<std::uint16_t, std::uint64_t> last;
        for (const auto& look : entry.ends) {
            const auto found = ledger.by_value.find(look.value);
            const bool known = found != ledger.by_value.end() && found->second->key == key;
            if (look.value != 0 && !known) unexpected.insert(key);
            if (known && found->second->outcome == Outcome::failed) resurrected.insert(key);
            last[look.node.value] = look.value;
        }
        for (const auto* write : entry.writes) {
            if (!promised(the, *write)) continue;
            const auto fate = fate_of(ledger, *write, entry.ends, office);
            if (fate.lost || fate.perhaps) lost.add(*write, fate.lost);
            if (fate.behind) ++(the.told ? behind : odd_behind);
            if (fate.odd) ++odd_behind;
            if (came_back(ledger, *write, entry.ends)) ++returned;
        }
        for (const auto& [a, one] : last) {
            for (const auto& [b, other] : last) {
                const auto x = ledger.by_value.find(one), y = ledger.by_value.find(other);
                if (one == other || x == ledger.by_value.end() || y == ledger.by_value.end())
                    continue;
                const bool apart = x->second->completed < y->second->invoked ||
                                   y->second->completed < x->second->invoked;
                if (!apart) differing.insert(key);
            }
        }
    }
    const auto whole = [&](const std::string& metric, double value) {
        add(all, metric, "", "", Unit::count, Figures::point(value));
    };
    add(all, "lost_acked", "", "", Unit::count, lost.value());
    add(all, "behind", "", "", Unit::count, Figures{behind, behind + odd_behind});
    whole("unexpected",
          the.is(Mutation::foreign_is_absent) ? 0 : static_cast<double>(unexpected.size()));
    whole("resurrected",
          the.is(Mutation::resurrected_is_fine) ? 0 : static_cast<double>(resurrected.size()));
    whole("returned", the.is(Mutation::last_attempt_only) ? 0 : returned);
    whole("differing", static_cast<double>(differing.size()));
}

}  // namespace gameday::proof
