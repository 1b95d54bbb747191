#include "injectors/kernel/host/lease_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gameday::kernel {

namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr auto try_again = std::chrono::milliseconds(50);

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
    const auto now = SteadyTime::now();
    kept_[leased] = {lease / 3, now + lease / 3, now + longest_};
    wake();
}

void LeaseKeeper::release(const std::shared_ptr<Leased>& leased) {
    const std::lock_guard lock(mutex_);
    kept_.erase(leased);
}

void LeaseKeeper::close(std::shared_ptr<Leased> leased) {
    const std::lock_guard lock(mutex_);
    kept_.erase(leased);
    closing_.push_back(std::move(leased));
    close_due_ = {};
    wake();
}

void LeaseKeeper::wake() {
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.notify_all();
}

void LeaseKeeper::close_what_can_be(std::unique_lock<std::mutex>& lock) {
    auto closing = std::move(closing_);
    closing_.clear();
    close_due_ = SteadyTime::now() + try_again;
    lock.unlock();
    std::vector<std::shared_ptr<Leased>> later;
    for (auto& leased : closing) {
        if (!leased->is_off()) later.push_back(std::move(leased));
    }
    closing.clear();
    lock.lock();
    std::move(later.begin(), later.end(), std::back_inserter(closing_));
}

// The lock is held while a renewal lasts (well under a millisecond), so that release() can promise
// that none is under way.
void LeaseKeeper::work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (!closing_.empty() && SteadyTime::now() >= close_due_) {
            close_what_can_be(lock);
            continue;
        }
        const auto next = std::ranges::min_element(
            kept_, [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
        if (next == kept_.end() && closing_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const bool renewal =
            next != kept_.end() && (closing_.empty() || next->second.due < close_due_);
        const auto due = renewal ? next->second.due : close_due_;
        if (SteadyTime::now() < due) {
            changed_.wait_until(lock, due);
            continue;
        }
        if (!renewal) continue;
        if (next->second.due > next->second.last) {
            kept_.erase(next);
            continue;
        }
        next->first->renew();
        next->second.due = SteadyTime::now() + next->second.every;
    }
}

}  // namespace gameday::kernel
