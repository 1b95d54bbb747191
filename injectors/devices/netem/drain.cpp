#include "injectors/devices/netem/drain.hpp"

#include "harness/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace gameday::devices::netem {

namespace {

using SteadyTime = std::chrono::steady_clock;

Duration patience_of(const Settings& it) {
    constexpr Duration most = std::chrono::seconds(5);
    const Duration buffer = it.rate > 0 || it.slot_max > 0 ? std::chrono::milliseconds(500)
                                                           : std::chrono::milliseconds(20);
    return std::min(Duration(it.latency) + 4 * Duration(it.jitter) + buffer, most);
}

}  // namespace

Result<std::vector<Standing>> qdiscs(kernel::Netlink& route) {
    auto answers = route.dump(dump_qdiscs(route.next_sequence(1)));
    if (!answers) return std::move(answers.error()).within("listing qdiscs");
    std::vector<Standing> found;
    for (const auto& answer : *answers) {
        if (auto standing = read_qdisc(answer)) found.push_back(std::move(*standing));
    }
    return found;
}

Result<void> drain(kernel::Netlink& route, const std::set<int>& links) {
    const auto begin = SteadyTime::now();
    for (;;) {
        auto all = qdiscs(route);
        if (!all) return all.error();
        bool busy = false;
        Duration patience{};
        for (const auto& each : *all) {
            if (!links.contains(each.place.link)) continue;
            busy = busy || each.counters.waiting > 0;
            if (each.settings) patience = std::max(patience, patience_of(*each.settings));
        }
        if (!busy || SteadyTime::now() - begin >= patience) return {};
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

}  // namespace gameday::devices::netem
