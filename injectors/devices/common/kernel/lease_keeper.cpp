#include "injectors/devices/common/kernel/lease_keeper.hpp"

#include <algorithm>
#include <utility>

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

void LeaseKeeper::keep(const std::shared_ptr<OwnedTables>& tables, Duration lease) {
    const std::lock_guard lock(mutex_);
    kept_[tables] = {lease / 3, SteadyTime::now() + lease / 3};
    wake();
}

void LeaseKeeper::release(const std::shared_ptr<OwnedTables>& tables) {
    const std::lock_guard lock(mutex_);
    kept_.erase(tables);
}

void LeaseKeeper::close(std::shared_ptr<OwnedTables> tables) {
    const std::lock_guard lock(mutex_);
    kept_.erase(tables);
    closing_.push_back(std::move(tables));
    wake();
}

void LeaseKeeper::wake() {
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.notify_all();
}

// The lock is held while a renewal lasts (well under a millisecond), so that release() can promise
// that none is under way.
void LeaseKeeper::work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (!closing_.empty()) {
            auto closed = std::move(closing_);
            closing_.clear();
            lock.unlock();
            closed.clear();
            lock.lock();
            continue;
        }
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
