#include "injectors/devices/process/sight.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace gameday::devices::process {

namespace {

struct Stat {
    char state = 'X';
    std::uint64_t flags = 0, start = 0;
};

std::optional<Stat> read_stat(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    // The second field is the name in parentheses and may hold anything, also parentheses.
    const auto end = line.rfind(')');
    if (end == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(end + 1));
    Stat stat;
    std::string skipped;
    rest >> stat.state;                                         // field 3
    for (int field = 4; field < 9; ++field) rest >> skipped;    // to tpgid
    rest >> stat.flags;                                         // field 9
    for (int field = 10; field < 22; ++field) rest >> skipped;  // to itrealvalue
    rest >> stat.start;                                         // field 22
    return rest ? std::optional<Stat>(stat) : std::nullopt;
}

}  // namespace

Sight look(pid_t pid) {
    constexpr std::uint64_t exiting = 0x4;  // PF_EXITING, include/linux/sched.h
    const std::string folder = fmt::format("/proc/{}", pid);
    const auto leader = read_stat(folder + "/stat");
    if (!leader) return {};
    Sight sight{Life::gone, leader->start};
    bool living = false;
    bool running = false;
    std::error_code error;
    for (std::filesystem::directory_iterator task(folder + "/task", error), end;
         !error && task != end; task.increment(error)) {
        const auto stat = read_stat(task->path() / "stat");
        if (!stat || stat->state == 'Z' || stat->state == 'X') continue;
        if ((stat->flags & exiting) != 0) {
            sight.life = Life::dying;
            continue;
        }
        living = true;
        running = running || (stat->state != 'T' && stat->state != 't');
    }
    if (living) sight.life = running ? Life::alive : Life::stopped;
    return sight;
}

Result<pid_t> read_pid_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return failed("cannot read the pid file {}: {}", path, std::strerror(errno));
    }
    std::string word;
    file >> word;
    const auto pid = number_in<pid_t>(word).value_or(0);
    if (pid > 0) return pid;
    return failed("the pid file {} holds \"{}\", want a pid in decimal", path, word.substr(0, 40));
}

Result<void> may_signal(pid_t pid) {
    if (pid <= 1 || pid == ::getpid()) {
        return refused("pid {} is never signalled", pid);
    }
    if (::kill(pid, 0) == 0) return {};
    return refused("process {} may not be signalled: {}; run gameday as its user", pid,
                   std::strerror(errno));
}

Duration age_of(const Sight& sight) {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const Duration up = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    const auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return std::max(Duration::zero(),
                    up - from_seconds(static_cast<double>(sight.start) / ticks_per_s));
}

bool lives_with(const std::string& entry) {
    namespace fs = std::filesystem;
    std::error_code error;
    for (const auto& each : fs::directory_iterator("/proc", error)) {
        const std::string name = each.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream file(each.path() / "environ", std::ios::binary);
        for (std::string variable; std::getline(file, variable, '\0');) {
            if (variable != entry) continue;
            if (look(static_cast<pid_t>(std::stol(name))).life == Life::alive) return true;
        }
    }
    return false;
}

}  // namespace gameday::devices::process
