// What becomes of traffic when the one who impairs it is killed, hangs or is overrun; and TCP.
#include "injectors/devices/nfqueue/packet_queue.hpp"
#include "tests/injectors/devices/nfqueue/datagrams.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/devices/nfqueue/stream.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/attempts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/lane.hpp"
#include "tests/support/result.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace nfqueue_death_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace nfqueue = gameday::devices::nfqueue;
namespace kernel = gameday::kernel;

namespace {

constexpr FaultId one{1};

// A process of its own that has put the rule in force, and waits.
class Holder {
 public:
    explicit Holder(const nfqueue::Rule& rule) {
        std::array<int, 2> ready{};
        REQUIRE(::pipe(ready.data()) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const auto device = an_nfqueue();
            const char good = device->perform(one, nfqueue::set(rule)) ? 'y' : 'n';
            (void)!::write(ready[1], &good, 1);
            for (;;) ::pause();
        }
        char good = 'n';
        (void)!::read(ready[0], &good, 1);
        ::close(ready[0]);
        ::close(ready[1]);
        CHECK(good == 'y');
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() {
        signal(SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    void signal(int number) const { ::kill(child_, number); }

 private:
    pid_t child_ = 0;
};

}  // namespace

TEST_CASE("nfqueue: traffic is back within 100 ms when the one who holds it is killed",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    int fast = 0;
    const int rounds = by_lane(4, 12);
    for (int round = 0; round < rounds; ++round) {
        const bool v6 = round % 2 == 1;
        const Datagrams datagrams(hosts, 5000, 6000, v6);
        auto rule = round % 4 < 2 ? leaving(hosts) : arriving(hosts);
        rule.impairment.delay = 60s;
        const Holder holder(rule);
        CHECK(datagrams.exchange(20, 1ms, 100ms).empty());
        std::thread killer([&] {
            std::this_thread::sleep_for(20ms);
            holder.signal(SIGKILL);
        });
        // One each millisecond: all but those that waited, and those of 100 ms, come at once.
        const auto arrived = datagrams.exchange(300, 1ms, 500ms);
        killer.join();
        if (arrived.size() >= 180) ++fast;
        // Now the way is free.
        CHECK(datagrams.exchange_all(10, 1ms).size() == 10);
    }
    // Where the machine was taken away meanwhile it takes longer.
    CHECK(fast * 4 >= rounds);
    CHECK(hosts.said_near("nft list tables") == "");
    CHECK(hosts.said_far("nft list tables") == "");
    CHECK(an_nfqueue()->perform(one, nfqueue::clear(hosts.near())));
}

TEST_CASE("nfqueue: a lease ends when the one who holds it hangs, and does not come back",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    auto rule = leaving(hosts);
    rule.impairment.delay = 300ms;
    rule.lease = 900ms;
    const Holder holder(rule);
    std::this_thread::sleep_for(1200ms);                            // Longer than the lease.
    CHECK(quantile_ms(datagrams.exchange_all(10, 1ms), 0) >= 300);  // Renewed.
    holder.signal(SIGSTOP);
    datagrams.send(1000);
    std::uint32_t next = 1001;
    // Until one comes, no sooner than the lease ends: those before it wait for the holder.
    CHECK(comes_true([&] {
        datagrams.send(next++);
        return !datagrams.receive(1, 50ms).empty();
    }));
    const auto pass_at_once = [&] { return quantile_ms(datagrams.exchange_all(10, 1ms), 0); };
    CHECK(least_of(50.0, pass_at_once) < 50);
    holder.signal(SIGCONT);
    // What waited when it was stopped comes when it wakes.
    CHECK(numbers_of(datagrams.receive(1, 5s)) == std::vector<std::uint32_t>{1000});
    (void)datagrams.receive(10'000, 200ms);
    CHECK(least_of(50.0, pass_at_once) < 50);
}

TEST_CASE("nfqueue: a target that ends during a fault is told, and healing succeeds",
          "[kernel][nfqueue]") {
    if (unable()) return;
    TwoHosts hosts;
    const auto device = an_nfqueue();
    auto rule = arriving(hosts);
    rule.impairment.delay = 10ms;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    CHECK(device->trouble(one) == "");
    hosts.end_far();
    const auto told =
        "the process " + rule.host.substr(4) + " has ended while the fault was in force";
    CHECK(device->trouble(one) == told);
    CHECK(device->perform(one, nfqueue::clear(rule.host)));
    CHECK(device->trouble(one) == told);
}

TEST_CASE("nfqueue: TCP comes through delay, loss, duplicates and reordering whole",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.flows[0].protocol = kernel::Protocol::tcp;
    rule.flows.push_back(rule.flows[0]);
    rule.impairment.delay = 5ms;
    rule.impairment.jitter = 1ms;
    rule.impairment.loss.share = 0.005;
    rule.impairment.duplicate = 0.02;
    rule.impairment.corrupt = 0.002;
    rule.impairment.reorder = 0.01;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    const auto sent = random_bytes(5'000'000);
    Stream stream(hosts, 7001);
    std::string arrived;
    std::thread reader([&] { arrived = stream.read_far(); });
    stream.write_near(sent);
    reader.join();
    CHECK(arrived.size() == sent.size());
    CHECK((arrived == sent));  // In brackets, so that five megabytes are not printed.
    CHECK(device->affected(one) > 1000);
    CHECK(device->trouble(one) == "");
}

TEST_CASE("nfqueue: what the kernel drops of what waits is told, not passed off as loss asked for",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.delay = 2s;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    hosts.at_near(
        "nft add table ip other; nft 'add chain ip other in { type filter hook input priority 0; "
        "}'");
    for (std::uint32_t i = 0; i < 50; ++i) datagrams.send(i);
    // Somebody else takes a hook off: the kernel then empties the queues of that namespace.
    hosts.at_near("nft delete table ip other");
    CHECK(datagrams.receive(50, 2200ms).empty());
    CHECK(device->trouble(one).find("50 packets of pid:") == 0);
}

TEST_CASE("nfqueue: a queue that is taken is not shared: another number is found",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const auto scratch = kernel::Namespace::scratch();
    REQUIRE(scratch);
    std::vector<nfqueue::PacketQueue> queues;
    for (int i = 0; i < 5; ++i) {
        auto queue = nfqueue::PacketQueue::open(*scratch, false);
        REQUIRE(queue);
        for (const auto& other : queues) CHECK(other.number() != queue->number());
        queues.push_back(std::move(*queue));
    }
    CHECK(nfqueue::overflow_of(*scratch, queues[0].number()) == 0);
    CHECK(nfqueue::overflow_of(*scratch, 1) == -1);
}

}  // namespace nfqueue_death_test
