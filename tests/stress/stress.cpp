// Many connections through several proxies while faults come and go at random: no byte is lost,
// doubled or out of place, no stream hangs, nothing leaks. See README.md.
#include "injectors/devices/proxy/relay/shard.hpp"
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/stress/changes.hpp"
#include "tests/stress/traffic_processes.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace gameday::stress {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
    std::size_t connections = 200, proxies = 10, servers = 4, processes = 2;
    std::uint64_t changes = 10'000, seed = 1;
    int rounds = 2, patience_s = 60, rest_ms = 0, every_ms = 0;
    Plant plant = Plant::none;
    bool quiet = false;
};

struct Footprint {
    std::size_t descriptors = 0, resident = 0;
};
Footprint footprint() { return {open_descriptors(), resident_bytes()}; }

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Connections and changes from nothing to nothing.
std::vector<std::string> run_round(const Settings& settings, std::uint64_t seed) {
    const auto begin = Clock::now();
    TrafficProcesses traffic({settings.processes, settings.servers, settings.connections, seed,
                              settings.plant, settings.rest_ms});
    const auto plane = proxy_server::make_plane(seed);
    Changes changes(settings.proxies, traffic.servers(), *plane, seed);
    traffic.start(changes.doors());
    std::uint64_t most = 0;
    auto told = Clock::now();
    const auto least = Clock::now() + std::chrono::milliseconds(500);
    while (changes.made() < settings.changes || Clock::now() < least) {
        changes.step();
        std::this_thread::sleep_for(std::chrono::milliseconds(settings.every_ms));
        most = std::max(most, traffic.sum(&Counts::relayed));
        if (traffic.is_troubled() || !changes.problems().empty()) break;
        if (!settings.quiet && seconds_since(told) > 10) {
            told = Clock::now();
            fmt::print("  {} changes, {} connections now, {} bytes, {:.0f} s\n", changes.made(),
                       traffic.sum(&Counts::relayed), traffic.sum(&Counts::bytes),
                       seconds_since(begin));
            std::fflush(stdout);
        }
    }
    changes.reset();
    auto problems = traffic.drain(settings.patience_s);
    changes.close();
    problems.insert(problems.end(), changes.problems().begin(), changes.problems().end());
    const auto whole = traffic.sum(&Counts::whole);
    if (!settings.quiet) {
        fmt::print(
            "seed {}: {} changes in {:.0f} s, the slowest {:.1f} ms ({}); at most {} connections "
            "at a time, {} begun, {} whole, {} cut, {} refused; {} bytes checked\n",
            seed, changes.made(), seconds_since(begin), changes.slowest().seconds * 1000,
            changes.slowest().what, most, traffic.sum(&Counts::begun), whole,
            traffic.sum(&Counts::cut), traffic.sum(&Counts::refused), traffic.sum(&Counts::bytes));
    }
    if (whole == 0) problems.emplace_back("no stream came to its end: nothing was tested");
    if (settings.plant == Plant::leak) {
        static std::vector<Descriptor> leaked;
        for (int i = 0; i < 8; ++i) leaked.push_back(make_poller());
    }
    return problems;
}

// Each round must leave as much behind as the one before it: nothing. The first one warms up what
// is kept for ever (threads' arenas, the libraries' own).
std::vector<std::string> run(const Settings& settings) {
    std::vector<std::string> problems;
    Footprint first;
    for (int round = 0; round < settings.rounds && problems.empty(); ++round) {
        problems = run_round(settings, settings.seed + static_cast<std::uint64_t>(round));
        const auto now = footprint();
        if (!settings.quiet) {
            fmt::print("  afterwards {} descriptors, {:.1f} MB resident\n", now.descriptors,
                       static_cast<double>(now.resident) / 1e6);
        }
        if (round == 0) first = now;
        if (now.descriptors > first.descriptors) {
            problems.push_back(
                fmt::format("leak: {} descriptors after round {}, {} after the first",
                            now.descriptors, round + 1, first.descriptors));
        }
        constexpr std::size_t slack = 16 * 1024 * 1024;
        if (now.resident > first.resident + first.resident / 4 + slack) {
            problems.push_back(
                fmt::format("leak: {} bytes resident after round {}, {} after the "
                            "first",
                            now.resident, round + 1, first.resident));
        }
    }
    return problems;
}

// Whether each planted defect is found, and told as what it is.
int prove() {
    struct Row {
        const char* name;
        Plant plant;
        const char* word;
    };
    constexpr std::array rows{Row{"drop", Plant::drop, "wrong bytes"},
                              Row{"duplicate", Plant::duplicate, "wrong bytes"},
                              Row{"reorder", Plant::reorder, "wrong bytes"},
                              Row{"truncate", Plant::truncate, "saw FIN"},
                              Row{"leak", Plant::leak, "leak"},
                              Row{"no end", Plant::no_end, "hang"}};
    int missed = 0;
    for (const Row& row : rows) {
        Settings settings{40, 4, 2, 2, 500, 1, 2, 3, 0, 0, row.plant, true};
        const auto problems = run(settings);
        const bool found = std::ranges::any_of(
            problems, [&row](const std::string& each) { return each.find(row.word) != each.npos; });
        if (!found) ++missed;
        fmt::print("planted {}: {}{}\n", row.name,
                   found ? "" : "NOT FOUND, this program proves nothing; but ",
                   problems.empty() ? "nothing was found" : problems.front());
    }
    return missed;
}

}  // namespace

int main_of_stress(int argc, char** argv) {
    Settings settings;
    bool self_test = false;
    CLI::App app("Random faults on many connections, every byte checked");
    app.add_option("--connections", settings.connections, "at a time");
    app.add_option("--proxies", settings.proxies, "every other one never cuts");
    app.add_option("--processes", settings.processes, "of clients and servers");
    app.add_option("--servers", settings.servers, "of each of them");
    app.add_option("--changes", settings.changes, "in each round");
    app.add_option("--rounds", settings.rounds);
    app.add_option("--seed", settings.seed, "of the first round");
    app.add_option("--patience", settings.patience_s, "seconds without progress that are a hang");
    app.add_option("--rest", settings.rest_ms,
                   "milliseconds between two turns of the traffic: more changes a second");
    app.add_option("--every", settings.every_ms,
                   "milliseconds between two changes: faults stay for longer");
    app.add_flag("--self-test", self_test, "plant defects, and see that they are found");
    CLI11_PARSE(app, argc, argv);
    const std::size_t descriptors = raise_descriptor_limit();
    // A listener of each proxy on each thread.
    const std::size_t others = devices::proxy::usual_shards() * settings.proxies + 60;
    if (2 * settings.connections + others > descriptors) {
        fmt::print(stderr, "{} connections need {} descriptors, the limit is {}: at most {} here\n",
                   settings.connections, 2 * settings.connections + others, descriptors,
                   (descriptors - others) / 2);
        return 2;
    }
    if (self_test && prove() != 0) return 1;
    const auto problems = run(settings);
    for (const auto& problem : problems) fmt::print("{}\n", problem);
    return problems.empty() ? 0 : 1;
}

}  // namespace gameday::stress

int main(int argc, char** argv) { return gameday::stress::main_of_stress(argc, argv); }
