// Traffic in processes of its own: clients, servers and the checks of their bytes. So the proxies'
// process has all its descriptors for what it relays, two for each connection.
#pragma once

#include "tests/stress/traffic.hpp"

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace gameday::stress {

struct LoadSettings {
    std::size_t processes = 2, servers = 4;  // servers of each process
    std::size_t pairs = 100;                 // of all
    std::uint64_t seed = 1;
    Plant plant = Plant::none;
    int rest_ms = 0;
};

class TrafficProcesses {
 public:
    // Forks: this process has no other threads yet.
    explicit TrafficProcesses(const LoadSettings& settings);
    // Those that are still there are killed.
    ~TrafficProcesses();
    TrafficProcesses(const TrafficProcesses&) = delete;
    TrafficProcesses& operator=(const TrafficProcesses&) = delete;

    // Where the servers of each process listen. Door i leads to those of process i % processes:
    // whoever checks a stream has both of its ends.
    [[nodiscard]] const std::vector<std::vector<Address>>& servers() const { return servers_; }
    void start(const std::vector<Door>& doors);
    // See Traffic::drain(). Returns what was found wrong, in all of the time.
    std::vector<std::string> drain(int patience_s);

    [[nodiscard]] std::uint64_t sum(std::atomic<std::uint64_t> Counts::*which) const;
    [[nodiscard]] bool is_troubled() const { return sum(&Counts::problems) > 0; }

 private:
    struct Process {
        pid_t pid = -1;
        std::FILE* orders = nullptr;
        std::FILE* news = nullptr;
    };

    Process begin(const LoadSettings& settings, std::size_t index);
    void end(Process& process);

    Counts* counts_;  // one for each process, in memory that all of them share
    std::vector<Process> processes_;
    std::vector<std::vector<Address>> servers_;
};

}  // namespace gameday::stress
