// AckLog: the writes of a shard that were acknowledged lately, for those who read them while the
// load goes on. One writer, any number of readers.
#pragma once

#include "harness/base/time.hpp"

#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <vector>

namespace gameday::load {

struct Acked {
    std::uint64_t value = 0;
    Instant completed{};
    std::uint32_t key = 0;
    std::uint16_t load = 0;
};

class AckLog {
 public:
    void append(const Acked& write) {
        const std::scoped_lock lock(mutex_);
        writes_.push_back(write);
    }
    // Forgets those that were completed before.
    void trim(Instant before) {
        const std::scoped_lock lock(mutex_);
        while (!writes_.empty() && writes_.front().completed < before) writes_.pop_front();
    }
    // Appends those that were completed after `after`, in the order of their completion.
    void copy_since(Instant after, std::vector<Acked>& out) const {
        const std::scoped_lock lock(mutex_);
        auto first = writes_.end();
        while (first != writes_.begin() && std::prev(first)->completed > after) --first;
        out.insert(out.end(), first, writes_.end());
    }

 private:
    mutable std::mutex mutex_;
    std::deque<Acked> writes_;
};

}  // namespace gameday::load
