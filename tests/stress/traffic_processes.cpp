#include "tests/stress/traffic_processes.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <new>
#include <optional>
#include <sstream>

namespace gameday::stress {
namespace {

std::optional<std::string> line_from(std::FILE* file) {
    std::string line;
    for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file)) {
        if (byte == '\n') return line;
        line += static_cast<char>(byte);
    }
    return std::nullopt;
}

void tell(std::FILE* file, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
}

// A process of traffic: tells its servers' ports, hears the doors, drives traffic through them
// until it is told to drain, and tells what it has found wrong.
void serve(std::FILE* orders, std::FILE* news, TrafficSettings settings, std::size_t servers,
           Counts& counts) {
    Listeners listeners(servers);
    for (const auto& address : listeners.addresses) tell(news, fmt::format("{}\n", address.port));
    for (;;) {
        const auto line = line_from(orders);
        if (!line) return;
        if (line == "start") break;
        Door door;
        std::istringstream(*line) >> door.address.host >> door.address.port >> door.gentle;
        settings.doors.push_back(door);
    }
    Traffic traffic(std::move(settings), listeners, counts);
    traffic.start();
    const auto patience = line_from(orders);
    if (!patience) return;
    traffic.drain(std::stoi(*patience));
    for (const auto& problem : traffic.problems()) tell(news, problem + "\n");
}

}  // namespace

TrafficProcesses::TrafficProcesses(const LoadSettings& settings) {
    void* const shared = ::mmap(nullptr, settings.processes * sizeof(Counts),
                                PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    GAMEDAY_ENSURE(shared != MAP_FAILED);
    counts_ = static_cast<Counts*>(shared);
    for (std::size_t i = 0; i < settings.processes; ++i) {
        ::new (counts_ + i) Counts();
        processes_.push_back(begin(settings, i));
    }
    for (const Process& process : processes_) {
        auto& addresses = servers_.emplace_back();
        for (std::size_t i = 0; i < settings.servers; ++i) {
            const auto port = line_from(process.news);
            GAMEDAY_ENSURE(port.has_value());
            addresses.push_back({"127.0.0.1", static_cast<std::uint16_t>(std::stoi(*port))});
        }
    }
}

TrafficProcesses::Process TrafficProcesses::begin(const LoadSettings& settings, std::size_t index) {
    std::array<int, 2> ends{};
    GAMEDAY_ENSURE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    GAMEDAY_ENSURE(pid >= 0);
    const int mine = pid == 0 ? ends[1] : ends[0];
    ::close(pid == 0 ? ends[0] : ends[1]);
    const Process process{pid, ::fdopen(::dup(mine), "w"), ::fdopen(mine, "r")};
    if (pid > 0) return process;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const Process& other : processes_) {
        ::close(::fileno(other.orders));
        ::close(::fileno(other.news));
    }
    const std::size_t pairs =
        settings.pairs / settings.processes + (index < settings.pairs % settings.processes ? 1 : 0);
    serve(process.news, process.orders,
          {{}, pairs, mix64(settings.seed + index), settings.plant, settings.rest_ms},
          settings.servers, counts_[index]);
    ::_exit(0);
}

TrafficProcesses::~TrafficProcesses() {
    for (Process& process : processes_) end(process);
    ::munmap(counts_, processes_.size() * sizeof(Counts));
}

void TrafficProcesses::end(Process& process) {
    if (process.pid < 0) return;
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
    std::fclose(process.orders);
    std::fclose(process.news);
    process.pid = -1;
}

void TrafficProcesses::start(const std::vector<Door>& doors) {
    for (std::size_t i = 0; i < doors.size(); ++i) {
        tell(processes_[i % processes_.size()].orders,
             fmt::format("{} {} {}\n", doors[i].address.host, doors[i].address.port,
                         doors[i].gentle ? 1 : 0));
    }
    for (const Process& process : processes_) tell(process.orders, "start\n");
}

std::vector<std::string> TrafficProcesses::drain(int patience_s) {
    std::vector<std::string> problems;
    for (const Process& process : processes_) {
        tell(process.orders, fmt::format("{}\n", patience_s));
    }
    for (Process& process : processes_) {
        while (auto problem = line_from(process.news)) problems.push_back(std::move(*problem));
        int status = 0;
        ::waitpid(process.pid, &status, 0);
        if (status != 0) {
            problems.push_back(fmt::format("a process of traffic has died: status {}", status));
        }
        std::fclose(process.orders);
        std::fclose(process.news);
        process.pid = -1;
    }
    return problems;
}

std::uint64_t TrafficProcesses::sum(std::atomic<std::uint64_t> Counts::*which) const {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < processes_.size(); ++i) all += counts_[i].*which;
    return all;
}

}  // namespace gameday::stress
