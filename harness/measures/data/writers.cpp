#include "harness/measures/data/writers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

namespace gameday::measures {
namespace {

constexpr std::size_t witnesses_most = 20;

// As a rule they are in order already.
template <class Earlier>
void sort_by(RegionWrites& writes, Earlier earlier) {
    if (!std::is_sorted(writes.begin(), writes.end(), earlier)) {
        std::sort(writes.begin(), writes.end(), earlier);
    }
}

void sort_by_invoked(const Operations& operations, RegionWrites& writes) {
    sort_by(writes, [&](const RegionWrite& a, const RegionWrite& b) {
        return std::pair(operations[a.index].invoked, a.index) <
               std::pair(operations[b.index].invoked, b.index);
    });
}

void sort_by_completed(const Operations& operations, RegionWrites& writes) {
    sort_by(writes, [&](const RegionWrite& a, const RegionWrite& b) {
        return std::pair(operations[a.index].completed, a.index) <
               std::pair(operations[b.index].completed, b.index);
    });
}

// The best write so far of the two best regions, so that the best of any other region is known.
template <class Better>
class BestElsewhere {
 public:
    void add(RegionId region, const Operation& write) {
        const auto own = std::find_if(best_.begin(), best_.end(), [&](const Best& best) {
            return best.write != nullptr && best.region == region;
        });
        Best& best = own == best_.end() ? best_[1] : *own;
        if (best.write == nullptr || Better()(write.version, best.write->version)) {
            best = {region, &write};
        }
        const bool swap = best_[1].write != nullptr &&
                          (best_[0].write == nullptr ||
                           Better()(best_[1].write->version, best_[0].write->version));
        if (swap) std::swap(best_[0], best_[1]);
    }
    [[nodiscard]] const Operation* other_than(RegionId region) const {
        return best_[0].write != nullptr && best_[0].region == region ? best_[1].write
                                                                      : best_[0].write;
    }

 private:
    struct Best {
        RegionId region;
        const Operation* write = nullptr;
    };
    std::array<Best, 2> best_{};
};

}  // namespace

void Found::note(const Operation& write) {
    const Interval<Instant> span{write.invoked, write.completed};
    if (!first || span.high < first->high) first = span;
    if (!last || span.low > last->low) last = span;
    if (witnesses.size() < witnesses_most) witnesses.push_back(write.seq);
}

Found unaware_writes(const Operations& operations, RegionWrites writes) {
    std::erase_if(writes, [&](const RegionWrite& write) {
        return operations[write.index].version == 0 || !write.region.known();
    });
    auto done = writes;
    sort_by_completed(operations, done);
    sort_by_invoked(operations, writes);
    Found found;
    // Forwards the later of each pair: the highest version acknowledged elsewhere before it began.
    BestElsewhere<std::greater<>> highest;
    std::size_t finished = 0;
    for (const auto& write : writes) {
        const Operation& later = operations[write.index];
        for (; finished < done.size() && operations[done[finished].index].completed < later.invoked;
             ++finished) {
            highest.add(done[finished].region, operations[done[finished].index]);
        }
        const Operation* earlier = highest.other_than(write.region);
        if (earlier == nullptr || earlier->version < later.version) continue;
        found.writes.push_back(write.index);
        if (found.witnesses.size() + 1 < witnesses_most) found.witnesses.push_back(earlier->seq);
        found.note(later);
    }
    // Backwards the earlier of each: the lowest version that began elsewhere after it.
    BestElsewhere<std::less<>> lowest;
    std::size_t begun = writes.size();
    for (std::size_t i = done.size(); i-- > 0;) {
        const Operation& earlier = operations[done[i].index];
        for (; begun > 0 && operations[writes[begun - 1].index].invoked > earlier.completed;
             --begun) {
            lowest.add(writes[begun - 1].region, operations[writes[begun - 1].index]);
        }
        const Operation* later = lowest.other_than(done[i].region);
        if (later == nullptr || later->version > earlier.version) continue;
        found.writes.push_back(done[i].index);
        found.note(earlier);
    }
    std::sort(found.writes.begin(), found.writes.end());
    found.writes.erase(std::unique(found.writes.begin(), found.writes.end()), found.writes.end());
    std::sort(found.witnesses.begin(), found.witnesses.end());
    found.witnesses.erase(std::unique(found.witnesses.begin(), found.witnesses.end()),
                          found.witnesses.end());
    return found;
}

std::vector<WriterChange> writer_changes(const Operations& operations, RegionWrites writes) {
    std::erase_if(writes, [](const RegionWrite& write) { return !write.region.known(); });
    sort_by_completed(operations, writes);
    std::vector<WriterChange> changes;
    std::map<RegionId, Instant> until;  // when those that do not write now last did
    RegionId current;
    Instant last{};
    for (const auto& write : writes) {
        const Operation& operation = operations[write.index];
        if (!current.known()) current = write.region;
        if (write.region != current) {
            const auto wrote_until = until.find(write.region);
            if (wrote_until != until.end() && wrote_until->second >= operation.invoked) continue;
            changes.push_back({{std::min(last, operation.completed), operation.completed}});
            until[current] = operation.completed;
            current = write.region;
        }
        last = operation.invoked;
    }
    return changes;
}

Found writes_between(const Operations& operations, std::span<const RegionWrite> writes,
                     Instant from, Instant until) {
    Found found;
    for (const auto& write : writes) {
        const Operation& operation = operations[write.index];
        if (!write.region.known() || operation.completed < from || operation.invoked > until) {
            continue;
        }
        found.writes.push_back(write.index);
        found.note(operation);
    }
    return found;
}

Found concurrent_writes(const Operations& operations, RegionWrites writes) {
    std::erase_if(writes, [](const RegionWrite& write) { return !write.region.known(); });
    sort_by_invoked(operations, writes);
    const std::size_t size = writes.size();
    std::vector<bool> concurrent(size, false);
    // A write overlaps an earlier-invoked one that completes after it begins, and a later-invoked
    // one that begins before it completes.
    std::map<RegionId, Instant> latest_end;
    for (std::size_t i = 0; i < size; ++i) {
        const Operation& operation = operations[writes[i].index];
        for (const auto& [region, end] : latest_end) {
            if (region != writes[i].region && end > operation.invoked) concurrent[i] = true;
        }
        auto& end = latest_end[writes[i].region];
        end = std::max(end, operation.completed);
    }
    std::map<RegionId, Instant> next_begin;
    for (std::size_t i = size; i-- > 0;) {
        const Operation& operation = operations[writes[i].index];
        for (const auto& [region, begin] : next_begin) {
            if (region != writes[i].region && begin < operation.completed) concurrent[i] = true;
        }
        next_begin[writes[i].region] = operation.invoked;
    }
    Found found;
    for (std::size_t i = 0; i < size; ++i) {
        if (!concurrent[i]) continue;
        found.writes.push_back(writes[i].index);
        found.note(operations[writes[i].index]);
    }
    return found;
}

}  // namespace gameday::measures
