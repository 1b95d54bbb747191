// How long a delay takes to set and to heal by netlink, and by running the lines that `plan` prints
// for the same, in one run. For a kernel with sch_netem; hidden, asks for nothing.
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/commands.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <vector>

namespace netem_speed {

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;
namespace netem = gameday::devices::netem;
namespace kernel = gameday::kernel;

namespace {

constexpr FaultId one{1};

struct Medians {
    double apply = 0, undo = 0;  // ms
};

double took_ms(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
}

Medians medians(int rounds, const std::function<void()>& apply, const std::function<void()>& undo) {
    std::vector<double> applied, undone;
    for (int i = 0; i < rounds; ++i) {
        applied.push_back(took_ms(apply));
        undone.push_back(took_ms(undo));
    }
    std::sort(applied.begin(), applied.end());
    std::sort(undone.begin(), undone.end());
    return {applied[applied.size() / 2], undone[undone.size() / 2]};
}

void run_all(const std::vector<std::string>& lines) {
    for (const auto& line : lines) REQUIRE(std::system(line.c_str()) == 0);
}

}  // namespace

TEST_CASE("netem: table of speed", "[.][netem-speed]") {
    if (netem_missing()) return;
    const NetemBench bench;
    kernel::Impairment delay;
    delay.delay = 50ms;
    const auto netlink = medians(
        30, [&] { bench.set(one, delay, kernel::Side::egress); }, [&] { bench.clear(one); });
    kernel::Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    const auto lines =
        netem::commands_of({bench.hosts.near(), {flow}, delay, 10s}, 1, bench.run_dir, {"wire"})
            .value();
    const auto programs = medians(
        5, [&] { run_all(lines.apply); }, [&] { run_all(lines.undo); });
    fmt::print("50 ms towards one peer, medians     apply ms   heal ms\n");
    fmt::print("{:<32} {:>11.2f} {:>9.2f}\n", "by netlink", netlink.apply, netlink.undo);
    fmt::print("{:<32} {:>11.2f} {:>9.2f}\n", "by running ip, tc and nft", programs.apply,
               programs.undo);
    fmt::print("programs / netlink {:.0f} x\n", programs.apply / netlink.apply);
}

}  // namespace netem_speed
