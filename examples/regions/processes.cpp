#include "examples/regions/processes.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace gameday::regions {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The texts of a file of /proc whose texts end in a zero byte; none when it cannot be read.
// getline, unlike an iterator over the buffer, does not throw where the process ends between being
// opened and being read.
std::vector<std::string> texts_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::string> texts;
    for (std::string text; std::getline(stream, text, '\0');) texts.push_back(text);
    return texts;
}

fs::path resolved(const fs::path& path) {
    std::error_code error;
    fs::path found = fs::weakly_canonical(path, error);
    return error ? path : found;
}

std::string value_of(const std::vector<std::string>& environment, const std::string& name) {
    for (const std::string& entry : environment) {
        if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
    }
    return {};
}

// Whether /proc/<pid> is a process of this program that belongs to `folder` (resolved).
bool belongs(const fs::path& proc, const fs::path& folder) {
    const std::vector<std::string> words = texts_of(proc / "cmdline");
    if (words.size() < 2 || fs::path(words[0]).filename() != "gameday-regions") return false;
    const fs::path cwd = resolved(proc / "cwd");
    if (words[1] == "node" && words.size() >= 4 && words[2] == "--config") {
        return resolved(cwd / words[3]).parent_path() == folder;
    }
    const std::string run = value_of(texts_of(proc / "environ"), "GAMEDAY_RUN_DIR");
    return words[1] == "up" && !run.empty() && resolved(cwd / run / "system") == folder;
}

std::optional<pid_t> pid_named(const std::string& name) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return pid;
}

// Through a handle that cannot come to mean another process between the look and the signal.
void kill_and_wait(pid_t pid, const fs::path& folder, Clock::time_point deadline) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0) return;  // it is gone
    if (belongs(fs::path("/proc") / std::to_string(pid), folder)) {
        ::syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd ended{handle, POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    }
    ::close(handle);
}

}  // namespace

std::vector<pid_t> processes_of(const fs::path& folder) {
    const fs::path wanted = resolved(folder);
    std::vector<pid_t> found;
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const auto pid = pid_named(at->path().filename().string());
        if (pid && *pid != ::getpid() && belongs(at->path(), wanted)) found.push_back(*pid);
    }
    std::ranges::sort(found);
    return found;
}

Result<void> end_processes_of(const fs::path& folder, Duration patience) {
    const fs::path wanted = resolved(folder);
    const auto deadline = Clock::now() + patience;
    int quiet_looks = 0;
    while (quiet_looks < 2) {
        const std::vector<pid_t> found = processes_of(wanted);
        quiet_looks = found.empty() ? quiet_looks + 1 : 0;
        if (!found.empty() && Clock::now() > deadline) {
            return Error{ErrorCode::timed_out, "process " + std::to_string(found.front()) + " of " +
                                                   folder.string() + " does not end"};
        }
        for (const pid_t pid : found) kill_and_wait(pid, wanted, deadline);
        if (quiet_looks == 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
}

}  // namespace gameday::regions
