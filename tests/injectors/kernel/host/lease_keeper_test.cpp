#include "injectors/kernel/host/lease_keeper.hpp"

#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace lease_keeper_test {

using namespace gameday;
using namespace std::chrono_literals;
using gameday::kernel::Leased;
using gameday::kernel::LeaseKeeper;

namespace {

struct Counted final : Leased {
    explicit Counted(std::atomic<bool>& flag) : gone(flag) {}
    ~Counted() override { gone = true; }
    void renew() override { ++renewals; }
    bool is_off() override { return ++asked > 2; }
    std::atomic<bool>& gone;
    std::atomic<int> renewals = 0, asked = 0;
};

bool comes(const std::function<bool()>& what) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!what() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    return what();
}

}  // namespace

TEST_CASE("a lease is renewed until it is released, and not after") {
    std::atomic<bool> gone = false;
    const auto leased = std::make_shared<Counted>(gone);
    LeaseKeeper keeper;
    keeper.keep(leased, 30ms);
    CHECK(comes([&] { return leased->renewals >= 5; }));
    keeper.release(leased);
    const int then = leased->renewals;
    std::this_thread::sleep_for(60ms);
    CHECK(leased->renewals == then);
}

TEST_CASE("nothing is renewed for longer than the longest time there is") {
    std::atomic<bool> gone = false;
    const auto leased = std::make_shared<Counted>(gone);
    LeaseKeeper keeper(100ms);
    keeper.keep(leased, 30ms);
    std::this_thread::sleep_for(300ms);
    // Every 10 ms of the first 100 at most, and none since.
    const int then = leased->renewals;
    CHECK(then >= 1);
    CHECK(then <= 10);
    std::this_thread::sleep_for(60ms);
    CHECK(leased->renewals == then);
}

TEST_CASE("what cannot be taken off yet is closed when it can") {
    std::atomic<bool> gone = false;
    LeaseKeeper keeper;
    auto leased = std::make_shared<Counted>(gone);
    keeper.keep(leased, 10s);
    keeper.close(std::move(leased));
    CHECK(comes([&] { return gone.load(); }));
}

}  // namespace lease_keeper_test
