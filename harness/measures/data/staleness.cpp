#include "harness/measures/data/staleness.hpp"

#include "harness/view/value_index.hpp"

#include <algorithm>
#include <cstddef>

namespace gameday::measures {
namespace {

using view::Indexes;
using view::IndexSpan;

// The acknowledged writes of a key in order of `invoked`; beside each the one, from there to the
// end, that was acknowledged first.
class KeyWrites {
 public:
    struct Write {
        Instant invoked{}, completed{};
        std::uint64_t value = 0;
    };

    void fill(const std::vector<Operation>& operations, IndexSpan of_key) {
        writes_.clear();
        by_value_.clear();
        others_.clear();
        for (const auto index : of_key) {
            const Operation& operation = operations[index];
            if (operation.verb != Verb::write) continue;
            auto& writes = is_acknowledged(operation) ? writes_ : others_;
            writes.push_back({operation.invoked, operation.completed, operation.value});
        }
        const auto earlier = [](const Write& a, const Write& b) { return a.invoked < b.invoked; };
        if (!std::is_sorted(writes_.begin(), writes_.end(), earlier)) {
            std::stable_sort(writes_.begin(), writes_.end(), earlier);
        }
        for (std::uint32_t i = 0; i < writes_.size(); ++i) {
            by_value_.add(writes_[i].value, i);
        }
        by_value_.finish();
        first_acknowledged_.resize(writes_.size());
        for (std::uint32_t i = static_cast<std::uint32_t>(writes_.size()); i-- > 0;) {
            const bool last = i + 1 == writes_.size();
            const std::uint32_t after = last ? i : first_acknowledged_[i + 1];
            first_acknowledged_[i] = writes_[after].completed < writes_[i].completed ? after : i;
        }
    }

    // The acknowledged write of that value, null when there is none.
    [[nodiscard]] const Write* of_value(std::uint64_t value) const {
        const auto place = by_value_.place_of(value);
        return place ? &writes_[*place] : nullptr;
    }

    // The write of that value that was not acknowledged: it may have taken effect at any time since
    // it was invoked. Null when there is none.
    [[nodiscard]] const Write* other_of_value(std::uint64_t value) const {
        const auto found = std::ranges::find(others_, value, &Write::value);
        return found == others_.end() ? nullptr : &*found;
    }

    // The acknowledged write that began after `when` and was acknowledged first; null for none.
    [[nodiscard]] const Write* next_since(Instant when) const {
        const auto it = std::ranges::upper_bound(writes_, when, {}, &Write::invoked);
        if (it == writes_.end()) return nullptr;
        return &writes_[first_acknowledged_[static_cast<std::size_t>(it - writes_.begin())]];
    }

    // Of the writes that began after `returned` was over (of all, without it), the one acknowledged
    // first; null when there is none.
    [[nodiscard]] const Write* next_after(const Write* returned) const {
        auto it = writes_.begin();
        if (returned != nullptr) {
            const auto is_later = [&](const Write& write) {
                return write.invoked > returned->completed;
            };
            // Nearly always one of the next few.
            constexpr std::ptrdiff_t few = 4;
            it += returned - writes_.data() + 1;
            const auto near = it + std::min(few, writes_.end() - it);
            it = std::find_if(it, near, is_later);
            if (it == near) {
                it = std::partition_point(it, writes_.end(),
                                          [&](const Write& write) { return !is_later(write); });
            }
        }
        if (it == writes_.end()) return nullptr;
        return &writes_[first_acknowledged_[static_cast<std::size_t>(it - writes_.begin())]];
    }

 private:
    std::vector<Write> writes_, others_;
    std::vector<std::uint32_t> first_acknowledged_;
    view::ValueIndex by_value_;
};

// When a value that no acknowledged write wrote may have taken effect at the earliest: one of
// another run's, before all of ours.
Instant begun(const KeyWrites& writes, const Operation& read) {
    const auto* other = writes.other_of_value(read.value);
    return other == nullptr ? Instant::min() : other->invoked;
}

}  // namespace

Staleness staleness_of(const view::View& view) {
    const auto& operations = view.evidence.operations;
    Staleness staleness;
    Duration stalest{};
    KeyWrites writes;
    const auto look = [&](std::uint16_t, IndexSpan of_key) {
        writes.fill(operations, of_key);
        for (const auto index : of_key) {
            const Operation& read = operations[index];
            const bool answered = read.verb == Verb::read && read.outcome == Outcome::ok;
            if (!answered || !is_measured(read)) continue;
            const auto* returned = read.value == 0 ? nullptr : writes.of_value(read.value);
            Interval<Duration> age{};
            const bool known = read.value == 0 || returned != nullptr;
            const auto* newer =
                known ? writes.next_after(returned) : writes.next_since(begun(writes, read));
            if (newer != nullptr && newer->completed < read.invoked) {
                age = {read.invoked - newer->completed, read.completed - newer->invoked};
                if (!known) age.low = Duration::zero();
            }
            staleness.low.push_back(age.low);
            staleness.high.push_back(age.high);
            if (age.low > Duration::zero()) ++staleness.stale;
            if (age.low > stalest) {
                stalest = age.low;
                staleness.stalest = read.seq;
            }
        }
    };
    view.by_key.for_each_key(view.evidence, view.goodness, look);
    return staleness;
}

}  // namespace gameday::measures
