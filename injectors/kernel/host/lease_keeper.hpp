// Renews leases while this process is well, and closes what had them. One thread; all calls are
// thread-safe.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/kernel/host/leased.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gameday::kernel {

class LeaseKeeper {
 public:
    // However well this process is, nothing is renewed for longer than that: what should have been
    // healed hours ago heals on its own, and is told to have lapsed.
    explicit LeaseKeeper(Duration longest = std::chrono::hours(6)) : longest_(longest) {}
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

    // Renews it three times while one lasts.
    void keep(const std::shared_ptr<Leased>& leased, Duration lease);
    // No longer; it is not being renewed when this returns.
    void release(const std::shared_ptr<Leased>& leased);
    // Closes it in the background: the kernel takes 10 ms and more to close the socket of tables.
    // What could not be taken off goes first, as soon as it can (Leased::is_off).
    void close(std::shared_ptr<Leased> leased);

 private:
    struct Kept {
        Duration every{};
        std::chrono::steady_clock::time_point due, last;
    };
    void work();
    void close_what_can_be(std::unique_lock<std::mutex>& lock);
    void wake();  // with the lock held

    const Duration longest_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::shared_ptr<Leased>, Kept> kept_;
    std::vector<std::shared_ptr<Leased>> closing_;
    std::chrono::steady_clock::time_point close_due_{};
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace gameday::kernel
