#include "injectors/devices/process/sight.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
    pid_t parent = 0;
    std::uint64_t flags = 0, start = 0;
};

// None and errno where it cannot be read: ENOENT or ESRCH when there is no such process.
std::optional<std::string> read_line(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    std::array<char, 1024> bytes{};  // the fields are a third of it
    const auto size = ::read(file, bytes.data(), bytes.size());
    const int why = size == 0 ? ESRCH : errno;
    ::close(file);
    errno = why;
    if (size <= 0) return std::nullopt;
    return std::string(bytes.data(), static_cast<std::size_t>(size));
}

bool is_no_process(int why) { return why == ENOENT || why == ESRCH; }

std::optional<Stat> read_stat(const std::filesystem::path& path) {
    const auto text = read_line(path);
    if (!text) return std::nullopt;
    const std::string& line = *text;
    // The second field is the name in parentheses and may hold anything, also parentheses.
    const auto end = line.rfind(')');
    if (end == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(end + 1));
    Stat stat;
    std::string skipped;
    rest >> stat.state >> stat.parent;                          // fields 3 and 4
    for (int field = 5; field < 9; ++field) rest >> skipped;    // to tpgid
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
    if (!leader) return {is_no_process(errno) ? Life::gone : Life::unseen, 0, 0};
    Sight sight{Life::gone, leader->start, leader->parent};
    bool living = false;
    bool running = false;
    std::error_code error;
    for (std::filesystem::directory_iterator task(folder + "/task", error), end;
         !error && task != end; task.increment(error)) {
        const auto stat = read_stat(task->path() / "stat");
        if (!stat && !is_no_process(errno)) return {Life::unseen, leader->start, leader->parent};
        if (!stat || stat->state == 'Z' || stat->state == 'X') continue;
        if ((stat->flags & exiting) != 0) {
            sight.life = Life::dying;
            continue;
        }
        living = true;
        running = running || (stat->state != 'T' && stat->state != 't');
    }
    if (living) sight.life = running ? Life::alive : Life::stopped;
    if (error && !is_no_process(error.value())) sight.life = Life::unseen;
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
