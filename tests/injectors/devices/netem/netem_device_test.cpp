// The device on a real kernel. Where it has no netem these tests say so and pass; tests/vm runs
// them in a machine that has it.
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/readiness.hpp"
#include "injectors/devices/netem/settings.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/kernel/steer/random_impairment.hpp"
#include "tests/support/attempts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/lane.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace netem_device_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using gameday::test::least_of;
using namespace std::chrono_literals;
using kernel::Impairment;
using kernel::Side;

namespace {

constexpr FaultId one{1}, two{2};

}  // namespace

TEST_CASE("a machine that cannot do it says what is missing and how to get it") {
    const auto ready = netem::ready_here();
    if (ready) return;
    INFO(ready.error().message);
    CHECK(
        (ready.error().code == ErrorCode::unsupported || ready.error().code == ErrorCode::refused));
    const bool helps = ready.error().message.find("Debian and Ubuntu") != std::string::npos ||
                       ready.error().message.find("unshare -Urn") != std::string::npos ||
                       ready.error().message.find("\"via\": \"nfqueue\"") != std::string::npos;
    CHECK(helps);
}

TEST_CASE("the median delay is what was asked for, up to 3 ms more", "[netem]") {
    if (netem_missing()) return;
    for (const auto side : {Side::egress, Side::ingress}) {
        for (const Duration delay :
             {Duration(1ms), Duration(10ms), Duration(100ms), Duration(500ms)}) {
            const NetemBench bench;
            Impairment it;
            it.delay = delay;
            bench.set(one, it, side);
            std::int64_t sent = 0;
            const auto median = least_of(Duration(delay + 3ms), [&] {
                const auto traffic = bench.towards(side);
                traffic->send(100, 64, 4ms);
                traffic->settle(delay + 300ms);
                sent += 100;
                REQUIRE(traffic->arrivals().size() == 100);
                return median_took(traffic->arrivals());
            });
            std::printf("delay %s %s: median %s\n", side == Side::egress ? "egress" : "ingress",
                        format_duration(delay).c_str(), format_duration(median).c_str());
            CHECK(median >= delay - 100us);
            CHECK(median < delay + 3ms);
            CHECK(bench.device->affected(one) == sent);
            bench.clear(one);
            CHECK(least_of(Duration(50ms), [&] {
                      const auto traffic = bench.towards(side);
                      traffic->send(50, 64, 1ms);
                      traffic->settle(100ms);
                      REQUIRE(traffic->arrivals().size() == 50);
                      return traffic->arrivals().back().took();
                  }) < 50ms);
            CHECK(bench.device->affected(one) == sent);
            CHECK(bench.device->trouble(one).empty());
            CHECK(bench.own_interfaces() == "");
        }
    }
}

TEST_CASE("packets of both families are delayed on either side, and those of other ports are not",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Impairment it;
    it.delay = 50ms;
    bench.set(one, it, Side::egress, {7000});
    bench.set(two, it, Side::ingress);
    std::int64_t sent_out = 0, sent_in = 0, sent_else = 0;
    for (const bool v6 : {false, true}) {
        const auto median = [&](Side side, std::uint16_t port, Duration enough,
                                std::int64_t& sent) {
            return least_of(enough, [&] {
                const auto traffic = bench.towards(side, port, v6);
                traffic->send(20, 64, 2ms);
                traffic->settle(200ms);
                sent += 20;
                CHECK(traffic->arrivals().size() == 20);
                return median_took(traffic->arrivals());
            });
        };
        const auto out = median(Side::egress, 7000, 53ms, sent_out);
        const auto in = median(Side::ingress, 7000, 53ms, sent_in);
        const auto other = median(Side::egress, 7001, 5ms, sent_else);
        std::printf("50 ms, IPv%d: %s out, %s in, %s to another port\n", v6 ? 6 : 4,
                    format_duration(out).c_str(), format_duration(in).c_str(),
                    format_duration(other).c_str());
        CHECK((out >= 50ms - 100us && out <= 53ms));
        CHECK((in >= 50ms - 100us && in <= 53ms));
        CHECK(other < 5ms);
    }
    CHECK(bench.device->affected(one) == sent_out);
    CHECK(bench.device->affected(two) == sent_in);
}

TEST_CASE("as many packets are lost as were asked for, within 5 binomial deviations", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    const double count = test::is_nightly() ? 10'000 : 2'000;
    for (const double share : {0.001, 0.01, 0.1, 0.5}) {
        // So few packets of a share this small say nothing.
        if (share < 0.01 && !test::is_nightly()) continue;
        Impairment it;
        it.loss.share = share;
        bench.set(one, it, Side::egress);
        auto traffic = bench.towards(Side::egress);
        traffic->send(static_cast<std::uint32_t>(count), 64, 150us);
        traffic->settle(200ms);
        const double lost = count - static_cast<double>(traffic->arrivals().size());
        const double deviation = std::sqrt(count * share * (1 - share));
        std::printf("loss %.1f %%: %.2f %%\n", share * 100, lost / count * 100);
        CHECK(std::abs(lost - count * share) <= 5 * deviation);
        bench.clear(one);
    }
}

namespace {

// Bytes a second between the first and the last arrival, offered twice as fast as they may leave.
double rate_seen(const NetemBench& bench, std::int64_t rate) {
    constexpr std::int64_t payload = 1200, headers = 8 + 20 + 14;  // UDP, IPv4, Ethernet
    auto traffic = bench.towards(Side::egress);
    // A second and a half of it; the queue holds two thirds of that.
    const auto count = static_cast<std::uint32_t>(rate * 3 / 2 / (payload + headers));
    traffic->send(count, payload, Duration(1s) * (payload + headers) / rate / 2);
    traffic->settle(500ms);
    const auto& all = traffic->arrivals();
    REQUIRE(all.size() == count);
    const double took = seconds(all.back().arrived - all.front().arrived);
    return static_cast<double>(all.size() - 1) * (payload + headers) / took;
}

}  // namespace

TEST_CASE("the rate on the wire is what was asked for, within 5 %", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    for (const std::int64_t mbit : {1, 10, 50}) {
        if (mbit > 10 && !test::is_nightly()) continue;
        Impairment it;
        it.rate = mbit * 125'000;
        bench.set(one, it, Side::egress);
        // The median of three: a machine that stands still for a moment at the start lets the first
        // packets out late, and the rest seem faster.
        std::array<double, 3> rates{};
        for (auto& each : rates) each = rate_seen(bench, it.rate);
        std::sort(rates.begin(), rates.end());
        std::printf("rate %lld Mbit/s: %.3f (%.3f to %.3f)\n", static_cast<long long>(mbit),
                    rates[1] / 125'000, rates[0] / 125'000, rates[2] / 125'000);
        CHECK(rates[1] == Approx(static_cast<double>(it.rate)).epsilon(0.05));
        bench.clear(one);
    }
}

TEST_CASE("duplicates come twice, reordered packets early, corrupted ones fail their checksum",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    const double count = test::is_nightly() ? 4000 : 1500;
    const auto run = [&](const Impairment& it, std::uint16_t port) {
        bench.set(one, it, Side::egress);
        auto traffic = bench.towards(Side::egress, port);
        traffic->send(static_cast<std::uint32_t>(count), 64, 200us);
        traffic->settle(300ms);
        bench.clear(one);
        return traffic;
    };
    const auto near = [&](double seen, double share) {
        return std::abs(seen - count * share) <= 5 * std::sqrt(count * share * (1 - share));
    };
    Impairment it;
    it.duplicate = 0.1;
    const auto duplicated = run(it, 7001);
    CHECK(near(static_cast<double>(duplicated->arrivals().size()) - count, 0.1));
    it = {};
    it.delay = 20ms;
    it.reorder = 0.1;
    const auto reordered = run(it, 7002);
    const auto early = std::count_if(reordered->arrivals().begin(), reordered->arrivals().end(),
                                     [](const Arrival& each) { return each.took() < 15ms; });
    CHECK(near(static_cast<double>(early), 0.1));
    it = {};
    it.corrupt = 0.1;
    const auto corrupted = run(it, 7003);
    const double unharmed = static_cast<double>(corrupted->arrivals().size());
    std::printf(
        "duplicate 10 %%: %zu of %.0f more; reorder 10 %%: %td early; corrupt 10 %%: %.0f "
        "fewer\n",
        duplicated->arrivals().size() - static_cast<std::size_t>(count), count, early,
        count - unharmed);
    // A bit of the Ethernet header may be the one, or the address: at most as many are lost.
    CHECK(count - unharmed > count * 0.05);
    CHECK(count - unharmed <= count * 0.1 + 5 * std::sqrt(count * 0.09));
}

TEST_CASE("wire-accurate loss hits packets as on the wire, not the kernel's super-packets",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    std::uint16_t port = 7010;
    // How many of 300 super-packets of ten arrive in part.
    const auto in_part = [&](bool wire_accurate, Side side) {
        Impairment it;
        it.loss.share = 0.3;
        it.wire_accurate = wire_accurate;
        bench.set(one, it, side);
        auto traffic = bench.towards(side, ++port);
        traffic->send_super(300, 1ms);
        traffic->settle(200ms);
        bench.clear(one);
        std::map<std::uint32_t, int> parts;
        for (const auto& each : traffic->arrivals()) ++parts[each.number];
        const double lost = 1 - static_cast<double>(traffic->arrivals().size()) / 3000;
        const auto some = std::count_if(parts.begin(), parts.end(),
                                        [](const auto& each) { return each.second < 10; });
        std::printf("super-packets, wire accurate %d: %.1f %% lost, %td in part\n",
                    static_cast<int>(wire_accurate), lost * 100, some);
        return some;
    };
    CHECK(in_part(false, Side::egress) == 0);
    // All ten pass with 0.7^10 = 2.8 %: of 300, some 290 arrive in part.
    CHECK(in_part(true, Side::egress) > 270);
    CHECK(in_part(true, Side::ingress) > 270);
}

TEST_CASE("IPv6 is impaired like IPv4, and neighbours are still found", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Impairment it;
    it.loss.share = 1;
    bench.set(one, it, Side::egress);
    auto traffic = bench.towards(Side::egress, 7000, true);
    CHECK_FALSE(traffic->passes(100ms));
    REQUIRE(bench.hosts.at_near("ip neigh flush all") == 0);
    CHECK_FALSE(traffic->passes(200ms));
    CHECK(bench.hosts.said_near("ip -6 neigh show fd99::2").find("lladdr") != std::string::npos);
    bench.clear(one);
    CHECK(traffic->passes(100ms));
}

TEST_CASE("what is lost for lack of room is told as trouble of the fault", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Impairment it;
    it.delay = 100ms;
    it.limit = 5;
    bench.set(one, it, Side::egress);
    auto traffic = bench.towards(Side::egress);
    traffic->send(20, 64, 1ms);
    traffic->settle(200ms);
    CHECK(traffic->arrivals().size() < 20);
    bench.clear(one);
    CHECK(bench.device->trouble(one).find("larger limit") != std::string::npos);
}

TEST_CASE("every impairment is read back bit for bit", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Random random(11, "netem");
    for (int i = 0; i < (test::is_nightly() ? 60 : 20); ++i) {
        auto it = random_impairment(random);
        it.seed = 0;  // kernels before 6.6
        INFO(impairment_text(it));
        bench.set(one, it, i % 2 == 0 ? Side::egress : Side::ingress);
    }
    bench.clear(one);
    CHECK(bench.own_interfaces() == "");
}

TEST_CASE("a seed is kept, or refused by a kernel that takes none", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Impairment it;
    it.loss.share = 0.1;
    it.seed = 42;
    const auto done = bench.try_set(one, it, Side::egress);
    std::printf("seed: %s\n", done ? "kept" : done.error().message.c_str());
    if (!done) {
        CHECK(done.error().code == ErrorCode::unsupported);
        CHECK(done.error().message.find("takes no seed") != std::string::npos);
    }
    bench.clear(one);
    CHECK(bench.own_interfaces() == "");
}

TEST_CASE("two faults on the same packets add up; each leaves alone what is not its own",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    Impairment it;
    it.delay = 20ms;
    bench.set(one, it, Side::egress);
    it.delay = 30ms;
    bench.set(two, it, Side::egress, {7001});
    std::map<std::uint16_t, std::int64_t> sent;
    const auto median = [&](std::uint16_t port, Duration enough) {
        return least_of(enough, [&] {
            const auto traffic = bench.towards(Side::egress, port);
            traffic->send(50, 64, 2ms);
            traffic->settle(200ms);
            sent[port] += 50;
            CHECK(traffic->arrivals().size() == 50);
            return median_took(traffic->arrivals());
        });
    };
    const auto both = median(7001, 53ms);
    CHECK(both >= 50ms - 100us);
    CHECK(both < 53ms);
    CHECK(median(7000, 23ms) < 23ms);
    CHECK(bench.device->affected(one) == sent[7000] + sent[7001]);
    CHECK(bench.device->affected(two) == sent[7001]);
    bench.clear(one);
    CHECK(median(7000, 5ms) < 5ms);
    CHECK(median(7001, 33ms) < 33ms);
    bench.clear(two);
    CHECK(median(7001, 5ms) < 5ms);
    CHECK(bench.own_interfaces() == "");
}

TEST_CASE("a foreign interface of our name is not touched, and named", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    const auto name = bench.first_interface();
    REQUIRE(bench.hosts.at_near("ip link add " + name + " type dummy") == 0);
    Impairment it;
    it.delay = 1ms;
    const auto done = bench.try_set(one, it, Side::egress);
    REQUIRE(!done.has_value());
    CHECK(done.error().code == ErrorCode::refused);
    CHECK(done.error().message.find("kind \"dummy\"") != std::string::npos);
    bench.clear(one);
    CHECK(bench.hosts.at_near("ip link show " + name) == 0);
}

}  // namespace netem_device_test
