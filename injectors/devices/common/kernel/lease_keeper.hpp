// Renews leases while this process is well. One thread; all calls are thread-safe.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/devices/common/kernel/leased.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace gameday::devices::kernel {

class LeaseKeeper {
 public:
    LeaseKeeper() = default;
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

    // Renews it three times while one lasts.
    void keep(const std::shared_ptr<Leased>& leased, Duration lease);
    // No longer; it is not being renewed when this returns.
    void release(const std::shared_ptr<Leased>& leased);

 private:
    struct Kept {
        Duration every{};
        std::chrono::steady_clock::time_point due;
    };
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::shared_ptr<Leased>, Kept> kept_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace gameday::devices::kernel
