#include "harness/view/ledger.hpp"

#include "harness/view/key_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::view {
namespace {

bool keeps_ledger(const Scenario& scenario, std::uint16_t load) {
    return load >= scenario.loads.size() || scenario.loads[load].ledger;
}

// What is known of one load before its keys are looked at.
struct LoadFacts {
    std::vector<bool> asked, answered;  // by node, in the final reads
    Indexes acknowledged;               // only where the office is told by traffic
    bool any_acknowledged = false;
    bool returned_a_value = false;
};

class Maker {
 public:
    explicit Maker(const LedgerInput& input)
        : input_(input),
          roles_(input.evidence.roles),
          marks_(input.evidence.operations.size(), no_mark) {
        ledger_.survivors.resize(input.faults.size());
    }

    Ledger make() {
        look_over();
        std::vector<LoadLedger> loads;
        for (std::size_t load = 0; load < facts_.size(); ++load) loads.push_back(load_ledger(load));
        KeyLedger keys(input_, ledger_, marks_);
        input_.by_key.for_each_key(input_.evidence, input_.goodness,
                                   [&](std::uint16_t load, IndexSpan operations) {
                                       if (!keeps_ledger(input_.scenario, load)) return;
                                       keys.judge(loads[load], operations);
                                   });
        const auto none = std::ranges::count(marks_, no_mark);
        ledger_.acknowledged.reserve(marks_.size() - static_cast<std::size_t>(none));
        for (std::uint32_t i = 0; i < marks_.size(); ++i) {
            if (marks_[i] == no_mark) continue;
            const RegionId region = input_.goodness.region(input_.evidence.operations[i]);
            ledger_.acknowledged.push_back(entry_of(i, region, marks_[i]));
        }
        for (auto& reads : ledger_.survivors) {
            std::ranges::sort(reads.lost);
            std::ranges::sort(reads.doubtful);
        }
        find_unkept();
        find_silent();
        find_deaf();
        return std::move(ledger_);
    }

 private:
    void look_over() {
        const Evidence& evidence = input_.evidence;
        const std::size_t nodes = evidence.topology.nodes.size();
        for (std::uint32_t index = 0; index < evidence.operations.size(); ++index) {
            const Operation& operation = evidence.operations[index];
            const std::uint16_t load = input_.goodness.load(operation);
            if (load >= facts_.size()) facts_.resize(load + 1U);
            LoadFacts& facts = facts_[load];
            facts.asked.resize(nodes);
            facts.answered.resize(nodes);
            if (operation.verb == Verb::read) {
                look_at_read(operation, facts);
            } else if (operation.outcome == Outcome::ok) {
                facts.any_acknowledged = true;
                if (!roles_.known()) facts.acknowledged.push_back(index);
            }
        }
        const auto& loads = input_.scenario.loads;
        ledger_.kept = loads.empty() ||
                       std::ranges::any_of(loads, [](const LoadSpec& load) { return load.ledger; });
    }

    void look_at_read(const Operation& read, LoadFacts& facts) {
        const bool answered = read.outcome == Outcome::ok;
        if (answered && read.value != 0) facts.returned_a_value = true;
        if (read.phase == Phase::survivor_read && answered) {
            for (std::size_t i = 0; i < input_.faults.size(); ++i) {
                const FaultPeriod& fault = input_.faults[i];
                const bool in_force = read.invoked >= fault.injected.low &&
                                      (!fault.healed || read.completed <= fault.healed->low);
                const NodeId by = read.node.known() ? read.node : read.served_by;
                const bool taken = std::ranges::count(fault.taken, by) > 0;
                if (in_force && !fault.taken.empty() && !taken) ledger_.survivors[i].any = true;
            }
        }
        if (read.phase != Phase::final_read) return;
        const NodeId node = read.node.known() ? read.node : read.served_by;
        if (node.index() >= facts.asked.size()) return;
        facts.asked[node.index()] = true;
        if (answered) facts.answered[node.index()] = true;
    }

    LoadLedger load_ledger(std::size_t load) {
        const Evidence& evidence = input_.evidence;
        LoadSpec spec;
        if (load < input_.scenario.loads.size()) spec = input_.scenario.loads[load];
        std::optional<Office> office;
        if (spec.ownership == Ownership::single_writer) {
            office = roles_;
            if (!roles_.known()) {
                office = Office(evidence, facts_[load].acknowledged, input_.faults,
                                input_.scenario.minimum.hold);
            }
        }
        // Keys change hands one by one, and several writers have no office: only faults count.
        const auto changes = office ? office->changes() : std::vector<Interval<Instant>>();
        LoadLedger made{spec.ownership,
                        spec.order,
                        spec.keys.existing,
                        std::move(office),
                        Prone(evidence, changes, input_.lag),
                        facts_[load].asked,
                        std::vector<bool>(facts_[load].asked.size())};
        for (const auto& fault : input_.faults) {
            if (fault.healed) continue;
            for (const NodeId node : fault.taken) {
                if (node.index() >= made.excused.size()) continue;
                made.excused[node.index()] = !facts_[load].answered[node.index()];
            }
        }
        return made;
    }

    void find_unkept() {
        for (std::uint16_t load = 0; load < facts_.size(); ++load) {
            if (!facts_[load].any_acknowledged || keeps_ledger(input_.scenario, load)) continue;
            ledger_.unkept.push_back(input_.scenario.loads[load].name);
        }
    }

    void find_silent() {
        for (std::size_t node = 0; node < input_.evidence.topology.nodes.size(); ++node) {
            bool asked = false;
            bool answered = false;
            for (std::uint16_t load = 0; load < facts_.size(); ++load) {
                if (!keeps_ledger(input_.scenario, load) || facts_[load].asked.empty()) continue;
                asked = asked || facts_[load].asked[node];
                answered = answered || facts_[load].answered[node];
            }
            ledger_.asked = ledger_.asked || asked;
            ledger_.read_back = ledger_.read_back || answered;
            if (asked && !answered) ledger_.silent.push_back(NodeId::of(node));
        }
    }

    // A load is deaf when reads of the steady window asked for keys that had been written, and no
    // read of the whole run returned any value: the reads are at fault, or everything is lost, and
    // nobody can tell which. A run that has an id has found out before its faults that what it
    // writes can be read, so there everything is lost.
    void find_deaf() {
        if (input_.evidence.run_id != 0) return;
        const auto may_be = [&](std::uint16_t load) {
            return keeps_ledger(input_.scenario, load) && facts_[load].any_acknowledged &&
                   !facts_[load].returned_a_value;
        };
        bool any = false;
        for (std::uint16_t load = 0; load < facts_.size(); ++load) any = any || may_be(load);
        if (!any) return;
        input_.by_key.for_each_key(input_.evidence, input_.goodness,
                                   [&](std::uint16_t load, IndexSpan operations) {
                                       if (!ledger_.deaf.empty() || !may_be(load)) return;
                                       if (was_read_in_vain(operations)) set_deaf(load);
                                   });
    }

    [[nodiscard]] bool was_read_in_vain(IndexSpan operations) const {
        Instant acknowledged = Instant::max();
        for (const auto index : operations) {
            const Operation& operation = input_.evidence.operations[index];
            if (is_acknowledged(operation)) {
                acknowledged = std::min(acknowledged, operation.completed);
            } else if (operation.verb == Verb::read && operation.phase == Phase::steady &&
                       operation.outcome == Outcome::ok && operation.invoked > acknowledged) {
                return true;
            }
        }
        return false;
    }

    void set_deaf(std::uint16_t load) {
        const auto& loads = input_.scenario.loads;
        ledger_.deaf = fmt::format(
            "no read{} returned any value, not even in the steady window, although writes were "
            "acknowledged: say where the answer to a read has its value (`read.value`)",
            load < loads.size() ? " of load " + loads[load].name : "");
    }

    const LedgerInput& input_;
    Office roles_;
    std::vector<Mark> marks_;
    std::vector<LoadFacts> facts_;  // by load
    Ledger ledger_;
};

}  // namespace

Ledger ledger_of(const LedgerInput& input) { return Maker(input).make(); }

}  // namespace gameday::view
