// What each toxic does, held against what was asked: min, p50, p99, on one connection and on a
// thousand. Prints a table in Markdown. By hand, on a quiet machine; nothing here is a test.
//
//   bench_proxy_accuracy [CONNECTIONS...]     1 and 1000 unless told otherwise
#include "tests/bench/proxy_pairs.hpp"

#include <fmt/format.h>

#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace gameday::bench {
namespace {

using Attributes = std::map<std::string, std::int64_t>;

struct Row {
    std::string what, asked, unit;
    std::vector<double> seen;
};

std::string figure(double value) { return fmt::format("{:.{}f}", value, value >= 1000 ? 0 : 3); }

void print(Row row, std::size_t connections) {
    if (row.seen.empty()) {
        fmt::print("| {} | {} | {} | nothing was seen | | |\n", row.what, connections, row.asked);
        return;
    }
    std::ranges::sort(row.seen);
    const auto at = [&row](double share) {
        return row.seen[static_cast<std::size_t>(share * static_cast<double>(row.seen.size() - 1))];
    };
    fmt::print("| {} | {} | {} {} | {} | {} | {} |\n", row.what, connections, row.asked, row.unit,
               figure(at(0)), figure(at(0.5)), figure(at(0.99)));
    std::fflush(stdout);
}

// One-way times of stamps that the servers send.
Row latency(std::size_t connections, std::int64_t ms, std::int64_t jitter) {
    Pairs pairs(connections, ms == 0 ? Faulted{"noop", {}}
                                     : Faulted{"latency", {{"latency", ms}, {"jitter", jitter}}});
    const int stamps = connections == 1 ? 100 : 8000;
    const auto between = connections == 1 ? std::chrono::microseconds(ms * 1200 + 3000)
                                          : std::chrono::microseconds(500);
    return {ms == 0 ? "none: the path itself" : "latency",
            jitter == 0 ? fmt::format("{}", ms) : fmt::format("{} ± {}", ms, jitter), "ms",
            pairs.one_way_ms(stamps, between)};
}

// Bytes a second, from the first byte sent to the last that arrives, as a share of what was asked.
Row bandwidth(std::size_t connections, std::int64_t kilobytes) {
    Pairs pairs(connections, {"bandwidth", {{"rate", kilobytes}}});
    const double rate = static_cast<double>(kilobytes) * 1000;
    const auto bytes = static_cast<std::size_t>(rate * 2);
    auto seconds = pairs.carrying_s(bytes);
    for (double& each : seconds) each = static_cast<double>(bytes) / each / rate;
    return {"bandwidth, share of what was asked", fmt::format("{}", kilobytes), "KB/s", seconds};
}

Row slicer(std::size_t connections) {
    Pairs pairs(connections, {"slicer", {{"average_size", 100}, {"delay", 2000}}});
    return {"slicer, gap between pieces", "2", "ms", pairs.gaps_ms(1000, 10)};
}

Row ends(const std::string& type, const Attributes& attributes, const std::string& what,
         std::size_t connections, bool server_closes) {
    Pairs pairs(connections, {type, attributes});
    return {what, "100", "ms", pairs.end_ms(server_closes)};
}

Row limit(std::size_t connections) {
    Pairs pairs(connections, {"limit_data", {{"bytes", 1000}}});
    return {"limit_data, bytes that arrive of 5000", "1000", "B", pairs.bytes_of(5000)};
}

// How many of the connections carry what is named, as a share.
Row carried(const std::string& what, std::size_t connections,
            const std::function<bool(Pairs&, std::size_t)>& holds) {
    Pairs pairs(connections, {"noop", {}});
    double good = 0;
    for (std::size_t i = 0; i < connections; ++i) good += holds(pairs, i) ? 1 : 0;
    return {what, "1", "of all", {good / static_cast<double>(connections)}};
}

// The client ends its direction and still gets an answer.
bool half_close(Pairs& pairs, std::size_t i) {
    ::shutdown(pairs.client(i), SHUT_WR);
    return receive_s(pairs.server(i), 1).empty() && send_all(pairs.server(i), "yes") &&
           receive_s(pairs.client(i), 3) == "yes";
}

bool reset_to_client(Pairs& pairs, std::size_t i) {
    pairs.reset_server(i);
    return ends_with_reset(pairs.client(i));
}

bool reset_to_server(Pairs& pairs, std::size_t i) {
    pairs.reset_client(i);
    return ends_with_reset(pairs.server(i));
}

// Bytes that are under way when a latency goes and another comes arrive whole and in order.
bool survives_change(Pairs& pairs, std::size_t i) {
    pairs.put({"latency", {{"latency", 60}}});
    bool good = send_all(pairs.server(i), "one ");
    pairs.put({"latency", {{"latency", 5}}});
    good = good && send_all(pairs.server(i), "two ");
    pairs.put({"bandwidth", {{"rate", 1000}}});
    good = good && send_all(pairs.server(i), "three ");
    pairs.put({"noop", {}});
    return good && send_all(pairs.server(i), "four") &&
           receive_s(pairs.client(i), 18) == "one two three four";
}

void measure(std::size_t connections) {
    for (const std::int64_t ms : {0, 1, 10, 50, 100})
        print(latency(connections, ms, 0), connections);
    print(latency(connections, 50, 10), connections);
    for (const std::int64_t kilobytes : {10, 100, 1000, 10'000, 100'000}) {
        // More than 100 MB/s in all would measure the machine.
        if (static_cast<std::int64_t>(connections) * kilobytes > 100'000) continue;
        print(bandwidth(connections, kilobytes), connections);
    }
    print(slicer(connections), connections);
    print(ends("slow_close", {{"delay", 100}}, "slow_close, from FIN to FIN", connections, true),
          connections);
    print(ends("timeout", {{"timeout", 100}}, "timeout, from connect to FIN", connections, false),
          connections);
    print(ends("reset_peer", {{"timeout", 100}}, "reset_peer, from FIN to RST", connections, true),
          connections);
    print(limit(connections), connections);
    print(carried("half-close carried", connections, half_close), connections);
    print(carried("RST of the server carried", connections, reset_to_client), connections);
    print(carried("RST of the client carried", connections, reset_to_server), connections);
    const std::size_t some = std::min<std::size_t>(connections, 50);
    print(carried("bytes under way survive three changes", some, survives_change), some);
}

}  // namespace

int main_of_accuracy(std::vector<std::size_t> counts) {
    raise_limit();
    const Idle before;
    auto bare = timer_lateness_ms();
    fmt::print("A sleeping thread alone is late by (ms, asked 10): ");
    std::ranges::sort(bare);
    fmt::print("p50 {:.3f}, p99 {:.3f}\n\n", bare[bare.size() / 2], bare[bare.size() * 99 / 100]);
    fmt::print("| toxic | connections | asked | min | p50 | p99 |\n|---|---|---|---|---|---|\n");
    for (const std::size_t count : counts) measure(count);
    fmt::print("\nOther processes took {:.0f} % of the machine meanwhile.\n",
               before.foreign_percent());
    return 0;
}

}  // namespace gameday::bench

int main(int argc, char** argv) {
    std::vector<std::size_t> counts;
    for (int i = 1; i < argc; ++i) counts.push_back(std::strtoul(argv[i], nullptr, 10));
    if (counts.empty()) counts = {1, 1000};
    return gameday::bench::main_of_accuracy(counts);
}
