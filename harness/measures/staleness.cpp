#include "harness/measures/staleness.hpp"

#include "harness/model/goodness.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace gameday::measures {
namespace {

// The acknowledged writes of a key in order of `invoked`; beside each the one, from there to the
// end, that was acknowledged first.
struct KeyWrites {
    std::vector<const Operation*> writes, first_acknowledged;

    void finish() {
        std::sort(writes.begin(), writes.end(), [](const Operation* a, const Operation* b) {
            return std::pair(a->invoked, a->seq) < std::pair(b->invoked, b->seq);
        });
        first_acknowledged = writes;
        for (std::size_t i = writes.size(); i-- > 1;) {
            auto& before = first_acknowledged[i - 1];
            if (first_acknowledged[i]->completed < before->completed) {
                before = first_acknowledged[i];
            }
        }
    }

    // Of the writes that began after `over`, the one acknowledged first; null when there is none.
    [[nodiscard]] const Operation* next_after(std::optional<Instant> over) const {
        auto it = writes.begin();
        if (over) {
            it = std::upper_bound(
                writes.begin(), writes.end(), *over,
                [](Instant when, const Operation* write) { return when < write->invoked; });
        }
        return it == writes.end()
                   ? nullptr
                   : first_acknowledged[static_cast<std::size_t>(it - writes.begin())];
    }
};

}  // namespace

std::vector<Staleness> staleness_of(const Evidence& evidence, const Scenario& scenario) {
    const Goodness goodness(scenario, evidence);
    std::map<std::pair<std::uint16_t, std::uint32_t>, KeyWrites> keys;
    std::unordered_map<std::uint64_t, const Operation*> by_value;
    for (const auto& operation : evidence.operations) {
        if (operation.verb != Verb::write || operation.outcome != Outcome::ok) continue;
        keys[{goodness.load(operation), operation.key}].writes.push_back(&operation);
        by_value.emplace(operation.value, &operation);
    }
    for (auto& [key, writes] : keys) writes.finish();
    std::vector<Staleness> all;
    for (const auto& operation : evidence.operations) {
        const bool answered = operation.verb == Verb::read && operation.outcome == Outcome::ok;
        if (!answered || !is_measured(operation)) continue;
        std::optional<Instant> over;
        if (operation.value != 0) {
            const auto write = by_value.find(operation.value);
            if (write == by_value.end() || write->second->key != operation.key) continue;
            over = write->second->completed;
        }
        Staleness staleness{&operation, {}};
        const auto writes = keys.find({goodness.load(operation), operation.key});
        if (writes != keys.end()) {
            const Operation* newer = writes->second.next_after(over);
            if (newer != nullptr && newer->completed < operation.invoked) {
                staleness.age = {operation.invoked - newer->completed,
                                 operation.completed - newer->invoked};
            }
        }
        all.push_back(staleness);
    }
    return all;
}

}  // namespace gameday::measures
