#include "harness/measures/ledger.hpp"

#include "harness/model/goodness.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

namespace gameday::measures {
namespace {

// What a node holds, by one final answer, compared with one acknowledged write.
enum class Shows : std::uint8_t { it, newer, older, unclear };

// All operations of one key of one load.
struct KeyHistory {
    std::vector<const Operation*> writes;  // in order of `invoked`
    std::vector<const Operation*> reads;   // answered, before the final reads
    std::vector<const Operation*> finals;  // answered, in order of `completed`
};

class Reader {
 public:
    Reader(const Evidence& evidence, const Scenario& scenario)
        : topology_(evidence.topology), scenario_(scenario), goodness_(scenario, evidence) {
        for (const auto& operation : evidence.operations) {
            if (operation.verb == Verb::write) writes_.emplace(operation.value, &operation);
        }
    }

    Ledger read(const Evidence& evidence) {
        std::vector<const Operation*> ordered;
        std::set<NodeId> asked;
        std::set<NodeId> answered;
        for (const auto& operation : evidence.operations) {
            const auto load = goodness_.load(operation);
            if (load < scenario_.loads.size() && !scenario_.loads[load].ledger) continue;
            ordered.push_back(&operation);
            if (operation.phase != Phase::final_read) continue;
            asked.insert(place(operation));
            if (operation.outcome == Outcome::ok) answered.insert(place(operation));
        }
        std::set_difference(asked.begin(), asked.end(), answered.begin(), answered.end(),
                            std::back_inserter(ledger_.silent));
        ledger_.read_back = !answered.empty();
        const auto scope = [&](const Operation* operation) {
            return std::pair(goodness_.load(*operation), operation->key);
        };
        std::sort(ordered.begin(), ordered.end(), [&](const Operation* a, const Operation* b) {
            return std::tuple(scope(a), a->invoked, a->seq) <
                   std::tuple(scope(b), b->invoked, b->seq);
        });
        for (auto it = ordered.begin(); it != ordered.end();) {
            const auto end = std::find_if(it, ordered.end(), [&](const Operation* operation) {
                return scope(operation) != scope(*it);
            });
            judge_key({it, end});
            it = end;
        }
        std::sort(ledger_.acknowledged.begin(), ledger_.acknowledged.end(),
                  [](const LedgerEntry& a, const LedgerEntry& b) {
                      return std::tuple(a.write->completed, a.write->seq) <
                             std::tuple(b.write->completed, b.write->seq);
                  });
        return std::move(ledger_);
    }

 private:
    static NodeId place(const Operation& operation) {
        return operation.node.known() ? operation.node : operation.served_by;
    }

    static KeyHistory history_of(const std::vector<const Operation*>& operations) {
        KeyHistory history;
        for (const auto* operation : operations) {
            if (operation->verb == Verb::write) {
                history.writes.push_back(operation);
            } else if (operation->outcome == Outcome::ok) {
                const bool final = operation->phase == Phase::final_read;
                (final ? history.finals : history.reads).push_back(operation);
            }
        }
        std::stable_sort(
            history.finals.begin(), history.finals.end(),
            [](const Operation* a, const Operation* b) { return a->completed < b->completed; });
        return history;
    }

    void judge_key(const std::vector<const Operation*>& operations) {
        const KeyHistory history = history_of(operations);
        std::map<NodeId, std::vector<const Operation*>> answers;
        for (const auto* final : history.finals) answers[place(*final)].push_back(final);
        count_oddities(history, answers);
        for (const auto* write : history.writes) {
            if (write->outcome != Outcome::ok || write->phase == Phase::final_read) continue;
            ledger_.acknowledged.push_back({write, fate_of(*write, history, answers)});
        }
    }

    void count_oddities(const KeyHistory& history,
                        const std::map<NodeId, std::vector<const Operation*>>& answers) {
        std::set<std::uint64_t> held;
        for (const auto& [node, reads] : answers) held.insert(reads.back()->value);
        if (held.size() > 1) ++ledger_.unconverged;
        for (const auto value : held) {
            if (value == 0) continue;
            const Operation* write = writer_of(value, history);
            if (write == nullptr) {
                ++ledger_.unexpected;
            } else if (write->outcome == Outcome::unknown) {
                ++ledger_.recovered;
            } else if (write->outcome == Outcome::failed) {
                ++ledger_.resurrected;
            }
        }
    }

    // The write of that id, if it was to the key of this history.
    [[nodiscard]] const Operation* writer_of(std::uint64_t value, const KeyHistory& history) const {
        const auto found = writes_.find(value);
        if (found == writes_.end() || history.writes.empty()) return nullptr;
        return found->second->key == history.writes.front()->key ? found->second : nullptr;
    }

    [[nodiscard]] Shows shows(const Operation& final, const Operation& write,
                              const KeyHistory& history) const {
        if (final.value == write.value) return Shows::it;
        if (final.value == 0) return Shows::older;
        const Operation* holder = writer_of(final.value, history);
        if (holder == nullptr || holder->outcome == Outcome::failed) return Shows::unclear;
        // An unknown write may take effect at any time after it was invoked: never strictly older.
        const bool older = holder->outcome == Outcome::ok && holder->completed < write.invoked;
        return older ? Shows::older : Shows::newer;
    }

    [[nodiscard]] Fate fate_of(
        const Operation& write, const KeyHistory& history,
        const std::map<NodeId, std::vector<const Operation*>>& answers) const {
        std::size_t without = 0;
        std::size_t with = 0;
        bool itself = false;
        bool late = false;
        for (const auto& [node, reads] : answers) {
            const Shows last = shows(*reads.back(), write, history);
            if (last == Shows::older) ++without;
            if (last == Shows::it || last == Shows::newer) ++with;
            itself = itself || last == Shows::it;
            late = late || shows(*reads.front(), write, history) == Shows::older;
        }
        const auto load = goodness_.load(write);
        const auto ownership = load < scenario_.loads.size() ? scenario_.loads[load].ownership
                                                             : Ownership::single_writer;
        const bool exclusive =
            ownership == Ownership::single_writer || ownership == Ownership::per_key;
        if (without > 0 && (exclusive || with == 0)) return Fate::lost;
        if (with == 0) return Fate::indeterminate;
        if (!itself && superseded_elsewhere(write, history) && !read_elsewhere(write, history)) {
            return Fate::never_read;
        }
        return late ? Fate::stale : Fate::stable;
    }

    [[nodiscard]] bool superseded_elsewhere(const Operation& write,
                                            const KeyHistory& history) const {
        auto next = std::upper_bound(
            history.writes.begin(), history.writes.end(), write.completed,
            [](Instant when, const Operation* other) { return when < other->invoked; });
        while (next != history.writes.end() && (*next)->outcome != Outcome::ok) ++next;
        if (next == history.writes.end()) return false;
        const RegionId mine = topology_.region_of(write.served_by);
        const RegionId theirs = topology_.region_of((*next)->served_by);
        return mine.known() && theirs.known() && mine != theirs;
    }

    [[nodiscard]] bool read_elsewhere(const Operation& write, const KeyHistory& history) const {
        return std::any_of(history.reads.begin(), history.reads.end(), [&](const Operation* read) {
            return read->value == write.value &&
                   topology_.region_of(read->served_by) != topology_.region_of(write.served_by);
        });
    }

    const Topology& topology_;
    const Scenario& scenario_;
    Goodness goodness_;
    std::unordered_map<std::uint64_t, const Operation*> writes_;
    Ledger ledger_;
};

}  // namespace

Ledger ledger_of(const Evidence& evidence, const Scenario& scenario) {
    return Reader(evidence, scenario).read(evidence);
}

}  // namespace gameday::measures
