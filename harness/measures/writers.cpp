#include "harness/measures/writers.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace gameday::measures {
namespace {

// Counts how many of the added ranks are at least as large as a given one (a Fenwick tree).
class RankCounter {
 public:
    explicit RankCounter(std::size_t ranks) : counts_(ranks + 1, 0) {}

    void add(std::size_t rank) {
        ++total_;
        for (std::size_t i = rank + 1; i < counts_.size(); i += i & (~i + 1)) ++counts_[i];
    }
    [[nodiscard]] std::uint64_t at_least(std::size_t rank) const {
        std::uint64_t below = 0;
        for (std::size_t i = rank; i > 0; i -= i & (~i + 1)) below += counts_[i];
        return total_ - below;
    }

 private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
};

// The write with the highest version among those completed so far, for the two best regions.
class NewestElsewhere {
 public:
    void add(const RegionWrite& write) {
        for (auto& best : best_) {
            if (best.operation != nullptr && best.region == write.region) {
                if (best.operation->version < write.operation->version) best = write;
                sort();
                return;
            }
        }
        if (best_[1].operation == nullptr ||
            best_[1].operation->version < write.operation->version) {
            best_[1] = write;
        }
        sort();
    }
    [[nodiscard]] const Operation* other_than(RegionId region) const {
        return best_[0].operation != nullptr && best_[0].region == region ? best_[1].operation
                                                                          : best_[0].operation;
    }

 private:
    void sort() {
        const bool swap = best_[0].operation == nullptr ||
                          (best_[1].operation != nullptr &&
                           best_[0].operation->version < best_[1].operation->version);
        if (swap) std::swap(best_[0], best_[1]);
    }
    std::array<RegionWrite, 2> best_{};
};

void sort_by_invoked(std::vector<RegionWrite>& writes) {
    std::sort(writes.begin(), writes.end(), [](const RegionWrite& a, const RegionWrite& b) {
        return std::pair(a.operation->invoked, a.operation->seq) <
               std::pair(b.operation->invoked, b.operation->seq);
    });
}

void sort_by_completed(std::vector<RegionWrite>& writes) {
    std::sort(writes.begin(), writes.end(), [](const RegionWrite& a, const RegionWrite& b) {
        return std::pair(a.operation->completed, a.operation->seq) <
               std::pair(b.operation->completed, b.operation->seq);
    });
}

}  // namespace

Unaware unaware_writes(std::vector<RegionWrite> writes) {
    std::erase_if(writes, [](const RegionWrite& write) {
        return write.operation->version == 0 || !write.region.known();
    });
    auto done = writes;
    sort_by_completed(done);
    sort_by_invoked(writes);
    std::vector<std::uint64_t> versions;
    for (const auto& write : writes) versions.push_back(write.operation->version);
    std::sort(versions.begin(), versions.end());
    const auto rank = [&](const RegionWrite& write) {
        return static_cast<std::size_t>(
            std::lower_bound(versions.begin(), versions.end(), write.operation->version) -
            versions.begin());
    };
    RankCounter all(versions.size());
    std::map<RegionId, RankCounter> own;
    NewestElsewhere newest;
    Unaware unaware;
    std::size_t finished = 0;
    for (const auto& write : writes) {
        const Operation& later = *write.operation;
        for (; finished < done.size() && done[finished].operation->completed < later.invoked;
             ++finished) {
            all.add(rank(done[finished]));
            own.try_emplace(done[finished].region, versions.size())
                .first->second.add(rank(done[finished]));
            newest.add(done[finished]);
        }
        const Operation* earlier = newest.other_than(write.region);
        if (earlier == nullptr || earlier->version < later.version) continue;
        const auto mine = own.find(write.region);
        unaware.pairs += all.at_least(rank(write)) -
                         (mine == own.end() ? 0 : mine->second.at_least(rank(write)));
        unaware.writes.push_back(later.seq);
        const Interval<Instant> span{later.invoked, later.completed};
        if (!unaware.first) unaware.first = Interval<Instant>{earlier->completed, later.completed};
        if (!unaware.last || span.high > unaware.last->high) unaware.last = span;
        if (unaware.witnesses.size() < 20) {
            unaware.witnesses.insert(unaware.witnesses.end(), {earlier->seq, later.seq});
        }
    }
    return unaware;
}

std::vector<std::uint64_t> interleaved_writes(std::vector<RegionWrite> writes, Duration close) {
    std::erase_if(writes, [](const RegionWrite& write) { return !write.region.known(); });
    sort_by_completed(writes);
    const std::size_t size = writes.size();
    // Of the regions other than a write's own: the last acknowledgement before it and the next.
    std::vector<std::map<RegionId, Instant>> around(size);
    std::map<RegionId, Instant> seen;
    for (std::size_t i = 0; i < size; ++i) {
        around[i] = seen;
        seen[writes[i].region] = writes[i].operation->completed;
    }
    seen.clear();
    std::vector<std::uint64_t> found;
    for (std::size_t i = size; i-- > 0;) {
        const Operation& write = *writes[i].operation;
        const bool between = std::any_of(seen.begin(), seen.end(), [&](const auto& next) {
            const auto before = around[i].find(next.first);
            return next.first != writes[i].region && before != around[i].end() &&
                   next.second - before->second < close;
        });
        if (between && write.version == 0) found.push_back(write.seq);
        seen[writes[i].region] = write.completed;
    }
    std::reverse(found.begin(), found.end());
    return found;
}

std::vector<std::uint64_t> concurrent_writes(std::vector<RegionWrite> writes) {
    std::erase_if(writes, [](const RegionWrite& write) { return !write.region.known(); });
    sort_by_invoked(writes);
    const std::size_t size = writes.size();
    std::vector<bool> concurrent(size, false);
    // A write overlaps an earlier-invoked one that completes after it begins, and a later-invoked
    // one that begins before it completes.
    std::map<RegionId, Instant> latest_end;
    for (std::size_t i = 0; i < size; ++i) {
        for (const auto& [region, end] : latest_end) {
            if (region != writes[i].region && end > writes[i].operation->invoked) {
                concurrent[i] = true;
            }
        }
        auto& end = latest_end[writes[i].region];
        end = std::max(end, writes[i].operation->completed);
    }
    std::map<RegionId, Instant> next_begin;
    for (std::size_t i = size; i-- > 0;) {
        for (const auto& [region, begin] : next_begin) {
            if (region != writes[i].region && begin < writes[i].operation->completed) {
                concurrent[i] = true;
            }
        }
        next_begin[writes[i].region] = writes[i].operation->invoked;
    }
    std::vector<std::uint64_t> found;
    for (std::size_t i = 0; i < size; ++i) {
        if (concurrent[i]) found.push_back(writes[i].operation->seq);
    }
    return found;
}

}  // namespace gameday::measures
