// Budgets: rates that several links share, each direction apart. At any time, from any thread.
#pragma once

#include "harness/base/time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace gameday::devices::proxy {

class Budget {
 public:
    // When so many bytes of a link have been carried, which are due then and get `rate` bytes a
    // second; until then the budget is spent. Time that stood idle is not saved up, except that a
    // late caller may catch up at most 200 ms. `way`: 0 to, 1 from.
    Instant carry(std::size_t way, std::size_t bytes, std::int64_t rate, Instant due, Instant now) {
        const std::lock_guard lock(mutex_);
        Instant& free_at = free_at_.at(way);
        const Instant begin = std::max({due, free_at, now - catch_up});
        free_at = begin + Duration(static_cast<std::int64_t>(bytes) * 1'000'000'000 / rate);
        return free_at;
    }

 private:
    static constexpr Duration catch_up = std::chrono::milliseconds(200);
    std::mutex mutex_;
    std::array<Instant, 2> free_at_{};
};

// The budgets by the names of their groups. One thread.
class Budgets {
 public:
    std::shared_ptr<Budget> of(const std::string& group) {
        auto& known = groups_[group];
        auto budget = known.lock();
        if (!budget) known = budget = std::make_shared<Budget>();
        return budget;
    }

 private:
    std::map<std::string, std::weak_ptr<Budget>> groups_;
};

}  // namespace gameday::devices::proxy
