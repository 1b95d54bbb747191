// The nfqueue device between two namespaces, with real packets.
#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/devices/nfqueue/fate.hpp"
#include "injectors/devices/nfqueue/packet.hpp"
#include "tests/injectors/devices/nfqueue/datagrams.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/devices/nfqueue/stream.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/attempts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>
#include <thread>

namespace nfqueue_device_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace nfqueue = gameday::devices::nfqueue;

namespace {

constexpr FaultId one{1};
constexpr FaultId two{2};

// Which of the first `count` datagrams the rule drops, by its seed alone.
std::vector<std::uint32_t> expected(const nfqueue::Rule& rule, std::uint16_t from, std::uint16_t to,
                                    std::uint32_t count) {
    nfqueue::Connection connection;
    connection.side = rule.flows[0].side;
    connection.protocol = 17;
    connection.source = {10, 99, 0, 1};
    connection.target = {10, 99, 0, 2};
    connection.source_port = from;
    connection.target_port = to;
    nfqueue::FateBook book(rule.impairment, rule.impairment.seed);
    std::vector<std::uint32_t> kept;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!book.next(connection).lost) kept.push_back(i);
    }
    return kept;
}

// Those of a sender that nobody disturbs, in order.
std::vector<std::uint32_t> first(std::uint32_t count) {
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

// The fastest of few packets, in milliseconds; below `enough` if any of several attempts is.
double least_ms(const Datagrams& datagrams, double enough) {
    return least_of(enough, [&] { return quantile_ms(datagrams.exchange_all(10, 1ms), 0); });
}

}  // namespace

TEST_CASE("nfqueue: this machine can do it, or says what is missing", "[kernel][nfqueue]") {
    if (unable()) return;
    CHECK(an_nfqueue()->ready());
}

TEST_CASE("nfqueue: a delay is met by packets that leave and that arrive, IPv4 and IPv6",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    for (const bool leaves : {true, false}) {
        for (const bool v6 : {false, true}) {
            INFO((leaves ? "egress" : "ingress") << (v6 ? " IPv6" : " IPv4"));
            const Datagrams datagrams(hosts, 5000, 6000, v6);
            const auto device = an_nfqueue();
            auto rule = leaves ? leaving(hosts) : arriving(hosts);
            rule.impairment.delay = 50ms;
            REQUIRE(device->perform(one, nfqueue::set(rule)));
            std::int64_t sent = 0;
            // Never early; a busy machine is late, but not each time.
            const double median = least_of(60.0, [&] {
                const auto arrived = datagrams.exchange_all(50, 2ms);
                sent += 50;
                CHECK(numbers_of(arrived) == first(50));
                CHECK(quantile_ms(arrived, 0) >= 50);
                return quantile_ms(arrived, 0.5);
            });
            CHECK(median < 60);
            CHECK(device->affected(one) == sent);
            REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
            CHECK(least_ms(datagrams, 20) < 20);
            CHECK(device->affected(one) == sent);
            CHECK(device->trouble(one) == "");
        }
    }
}

TEST_CASE("nfqueue: the same seed drops the same packets, whatever else passes",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const Datagrams others(hosts, 5001, 6001);
    for (const bool leaves : {true, false}) {
        auto rule = leaves ? leaving(hosts) : arriving(hosts);
        rule.impairment.loss.share = 0.1;
        rule.impairment.seed = 7;
        const auto wanted = expected(rule, 5000, 6000, 500);
        for (const bool busy : {false, true}) {
            const auto device = an_nfqueue();
            REQUIRE(device->perform(one, nfqueue::set(rule)));
            std::thread noise([&] {
                for (std::uint32_t i = 0; busy && i < 300; ++i) others.send(i);
            });
            if (busy) hosts.at_near("ip neigh flush dev wire; ping -c3 -i0.01 10.99.0.2");
            const auto arrived = numbers_of(datagrams.exchange_all(500, 100us, wanted.size()));
            noise.join();
            CHECK(arrived == wanted);
            CHECK(device->trouble(one) == "");
        }
        CHECK(wanted.size() < 480);  // 450 are wanted, with a standard deviation of 6.7.
        CHECK(wanted.size() > 420);
        (void)others.receive(1000, 50ms);
    }
}

TEST_CASE("nfqueue: duplicates come twice and the same, and no oftener", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    for (const bool v6 : {false, true}) {
        const Datagrams datagrams(hosts, 5000, 6000, v6);
        const auto device = an_nfqueue();
        auto rule = leaving(hosts);
        rule.impairment.duplicate = 1;
        rule.impairment.delay = 5ms;
        REQUIRE(device->perform(one, nfqueue::set(rule)));
        const auto numbers = numbers_of(datagrams.exchange_all(100, 500us, 200));
        CHECK(numbers.size() == 200);
        CHECK(datagrams.receive(1, 100ms).empty());
        const std::multiset<std::uint32_t> all(numbers.begin(), numbers.end());
        for (std::uint32_t i = 0; i < 100; ++i) CHECK(all.count(i) == 2);
        CHECK(device->trouble(one) == "");
    }
    auto rule = arriving(hosts);
    rule.impairment.duplicate = 0.5;
    const auto refused = an_nfqueue()->perform(one, nfqueue::set(rule));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unsupported);
}

TEST_CASE("nfqueue: reordered packets overtake those that wait", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.delay = 20ms;
    rule.impairment.reorder = 1;
    rule.impairment.gap = 5;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    CHECK(holds_once([&] {
        // The device counts on, in fives.
        const auto arrived = datagrams.exchange_all(50, 500us);
        REQUIRE(arrived.size() == 50);
        std::size_t at_once = 0;
        for (const auto& each : arrived) {
            if (each.number % 5 != 4) CHECK(each.took >= 20ms);
            if (each.took < 20ms) ++at_once;
        }
        return at_once == 10;
    }));
}

TEST_CASE("nfqueue: a rate of 1 Mbit/s is one", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.rate = 125'000;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    // 1250 bytes on the wire: 1208 of UDP's, 8 of its header, 20 of IP's and 14 of Ethernet's.
    CHECK(least_of(Duration(230ms), [&] {
              const auto begin = std::chrono::steady_clock::now();
              for (std::uint32_t i = 0; i < 20; ++i) datagrams.send(i, 1208);
              const auto apart = std::chrono::steady_clock::now() - begin;
              const auto arrived = datagrams.receive(20, 5s);
              REQUIRE(arrived.size() == 20);
              CHECK(arrived[0].took >= 10ms);
              // The last began so much later than the first.
              CHECK(arrived[19].took >= 200ms - apart);
              return arrived[19].took;
          }) < 230ms);
}

TEST_CASE("nfqueue: corrupted packets do not get past the receiver's checksum",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.corrupt = 1;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    // A bit flipped in the checksum of UDP is seen, too; one in a port sends it elsewhere.
    CHECK(datagrams.exchange(50, 500us, 200ms).empty());
    CHECK(device->affected(one) == 50);
    REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
    CHECK(datagrams.exchange_all(10, 500us).size() == 10);
}

TEST_CASE("nfqueue: only the flow chosen is touched; ssh, neighbours and the spared never",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.flows[0].peer_ports = {6000};
    rule.impairment.loss.share = 1;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    CHECK(Datagrams(hosts, 5000, 6000).exchange(5, 1ms, 100ms).empty());
    CHECK(Datagrams(hosts, 5000, 6001).exchange_all(5, 1ms).size() == 5);

    rule.flows[0] = kernel::Flow{};
    rule.flows[0].side = kernel::Side::egress;
    rule.flows[0].everything = true;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    CHECK(Datagrams(hosts, 5000, 6001).exchange(5, 1ms, 100ms).empty());
    CHECK(hosts.at_near("ping -c1 -W1 10.99.0.2") != 0);
    CHECK(hosts.at_near("ping -c1 -W1 127.0.0.1") == 0);
    CHECK(hosts.at_near("ping -c1 -W1 10.99.0.1") == 0);
    hosts.at_far("ip neigh flush dev wire; ping -c1 -W1 10.99.0.1; ping -c1 -W1 fd99::1");
    for (const auto* near : {"10.99.0.1", "fd99::1"}) {
        const auto neighbour = hosts.said_far(std::string("ip neigh show ") + near);
        CHECK(neighbour.find("lladdr") != std::string::npos);  // It answered, and only that.
    }
    Stream ssh(hosts, 22);
    ssh.write_near("hello");
    CHECK(ssh.read_far() == "hello");

    rule.flows[0].spare = {"10.99.0.2"};
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    CHECK(hosts.at_near("ping -c1 -W1 10.99.0.2") == 0);
    CHECK(hosts.at_near("ping -c1 -W1 fd99::2") != 0);
}

TEST_CASE("nfqueue: two faults on one host add up, and heal one by one", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.delay = 30ms;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    REQUIRE(device->perform(two, nfqueue::set(rule)));
    CHECK(quantile_ms(datagrams.exchange_all(20, 1ms), 0) >= 60);
    REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
    const double left = least_ms(datagrams, 60);
    CHECK(left >= 30);
    CHECK(left < 60);
    REQUIRE(device->perform(two, nfqueue::clear(rule.host)));
    REQUIRE(device->perform(two, nfqueue::clear(rule.host)));
    CHECK(least_ms(datagrams, 20) < 20);
}

TEST_CASE("nfqueue: setting and healing a fault loses, and impairs twice, nothing of another's",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.delay = 300ms;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    auto other = leaving(hosts);
    other.flows[0].peers = {"10.99.0.77"};
    other.impairment.loss.share = 1;
    CHECK(least_of(500.0, [&] {
              for (std::uint32_t i = 0; i < 100; ++i) datagrams.send(i);
              REQUIRE(device->perform(two, nfqueue::set(other)));
              REQUIRE(device->perform(two, nfqueue::set(other)));
              REQUIRE(device->perform(two, nfqueue::clear(rule.host)));
              const auto arrived = datagrams.receive(100, 5s);
              CHECK(numbers_of(arrived) == first(100));
              CHECK(device->trouble(one) == "");
              return quantile_ms(arrived, 1);
          }) < 500);
    REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
    CHECK(hosts.said_near("nft list tables") == "");
}

TEST_CASE("nfqueue: healing lets go at once what waits, and loses none of it",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    for (int round = 0; round < 5; ++round) {
        const auto device = an_nfqueue();
        auto rule = leaving(hosts);
        rule.impairment.delay = 2s;
        REQUIRE(device->perform(one, nfqueue::set(rule)));
        // 500 in 100 ms: no more than the least buffer of a socket holds come at once.
        std::vector<Arrived> arrived;
        std::thread traffic([&] { arrived = datagrams.exchange_all(500, 200us); });
        std::this_thread::sleep_for(20ms);
        REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
        traffic.join();
        auto numbers = numbers_of(arrived);
        std::ranges::sort(numbers);
        CHECK(std::ranges::adjacent_find(numbers) == numbers.end());
        CHECK(numbers.size() == 500);
        CHECK(datagrams.receive(1, 100ms).empty());
        CHECK(device->trouble(one) == "");
    }
}

}  // namespace nfqueue_device_test
