#include "injectors/devices/common/kernel/lease_keeper.hpp"

#include <algorithm>

namespace gameday::devices::kernel {

namespace {

using SteadyTime = std::chrono::steady_clock;

}  // namespace

LeaseKeeper::~LeaseKeeper() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::keep(const std::shared_ptr<Leased>& leased, Duration lease) {
    const std::lock_guard lock(mutex_);
    kept_[leased] = {lease / 3, SteadyTime::now() + lease / 3};
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.notify_all();
}

void LeaseKeeper::release(const std::shared_ptr<Leased>& leased) {
    const std::lock_guard lock(mutex_);
    kept_.erase(leased);
}

// The lock is held while a renewal lasts (well under a millisecond), so that release() can promise
// that none is under way.
void LeaseKeeper::work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        const auto next = std::min_element(
            kept_.begin(), kept_.end(),
            [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
        if (next == kept_.end()) {
            changed_.wait(lock);
            continue;
        }
        const auto due = next->second.due;
        if (SteadyTime::now() < due) {
            changed_.wait_until(lock, due);
            continue;
        }
        next->first->renew();
        next->second.due = SteadyTime::now() + next->second.every;
    }
}

}  // namespace gameday::devices::kernel
