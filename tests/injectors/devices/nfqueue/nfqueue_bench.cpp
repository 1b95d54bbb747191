// How true delays, losses and rates are: a table for people, by `test_injectors_kernel
// "[nfqueue-table]"` (tests/bench/nfqueue_accuracy.sh). Hidden from ordinary runs: it wants a quiet
// machine.
#include "tests/injectors/devices/nfqueue/datagrams.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <fmt/format.h>

#include <cstdio>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace nfqueue = gameday::devices::nfqueue;

namespace {

constexpr FaultId one{1};

void print_delays(const TwoHosts& hosts, bool leaves) {
    for (const Duration delay : {Duration(0ms), Duration(1ms), Duration(10ms), Duration(50ms),
                                 Duration(100ms), Duration(500ms)}) {
        const Datagrams datagrams(hosts, 5000, 6000);
        const auto device = an_nfqueue();
        auto rule = leaves ? leaving(hosts) : arriving(hosts);
        rule.impairment.delay = delay;
        REQUIRE(device->perform(one, nfqueue::set(rule)));
        const auto got = datagrams.exchange(1000, 2ms, delay + 300ms);
        fmt::print("{:8} {:>8} {:>5} {:9.3f} {:9.3f} {:9.3f} {:9.3f}\n",
                   leaves ? "egress" : "ingress", format_duration(delay), got.size(),
                   quantile_ms(got, 0), quantile_ms(got, 0.5), quantile_ms(got, 0.99),
                   quantile_ms(got, 1));
        std::fflush(stdout);
    }
}

void print_rates(const TwoHosts& hosts) {
    fmt::print("\npackets/s   sent  lost  p50 of 20 ms  trouble\n");
    for (const std::uint32_t per_s : {1000U, 5000U, 10'000U, 20'000U, 50'000U}) {
        const Datagrams datagrams(hosts, 5000, 6000);
        const auto device = an_nfqueue();
        auto rule = arriving(hosts);
        rule.impairment.delay = 20ms;
        REQUIRE(device->perform(one, nfqueue::set(rule)));
        const std::uint32_t count = per_s;
        const auto got =
            datagrams.exchange(count, Duration(1'000'000'000 / std::int64_t{per_s}), 300ms);
        fmt::print("{:9} {:6} {:5} {:13.3f}  {}\n", per_s, count, count - got.size(),
                   quantile_ms(got, 0.5), device->trouble(one));
        std::fflush(stdout);
    }
}

}  // namespace

TEST_CASE("nfqueue: table of accuracy", "[.][nfqueue-table]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto bare = Datagrams(hosts, 5000, 6000).exchange(1000, 2ms, 300ms);
    fmt::print("side        asked count       min       p50       p99       max  (ms)\n");
    fmt::print("{:8} {:>8} {:>5} {:9.3f} {:9.3f} {:9.3f} {:9.3f}\n", "none", "-", bare.size(),
               quantile_ms(bare, 0), quantile_ms(bare, 0.5), quantile_ms(bare, 0.99),
               quantile_ms(bare, 1));
    print_delays(hosts, true);
    print_delays(hosts, false);
    print_rates(hosts);
}
