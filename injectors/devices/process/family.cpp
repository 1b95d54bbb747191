#include "injectors/devices/process/family.hpp"

#include "harness/base/descriptor.hpp"
#include "injectors/devices/common/pidfd.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gameday::devices::process {

namespace {

namespace fs = std::filesystem;

// By parent. What ends meanwhile is left out.
std::multimap<pid_t, pid_t> children_of_all() {
    std::multimap<pid_t, pid_t> children;
    std::error_code error;
    for (fs::directory_iterator each("/proc", error), end; !error && each != end;
         each.increment(error)) {
        const std::string name = each->path().filename().string();
        const auto is_digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
        if (!std::ranges::all_of(name, is_digit)) continue;
        std::ifstream file(each->path() / "stat");
        std::string line;
        if (!std::getline(file, line)) continue;
        // Behind the name in parentheses, which may hold anything: the state and the parent.
        std::istringstream rest(line.substr(line.rfind(')') + 1));
        std::string state;
        pid_t parent = 0;
        if (rest >> state >> parent) children.emplace(parent, static_cast<pid_t>(std::stol(name)));
    }
    return children;
}

Error still(pid_t pid, std::string_view what, Duration patience) {
    return timed_out("process {} is still {}, waited {}", pid, what, format_duration(patience));
}

bool knows(const std::vector<Found>& family, const Found& one) {
    return std::ranges::any_of(family, [&](const Found& each) { return is_same(each, one); });
}

// In a burst: between the first and the last the others go on.
Result<void> signal_all(std::span<const Found> family, int number) {
    std::vector<std::pair<Descriptor, pid_t>> processes;  // those that are still there
    for (const Found& each : family) {
        Descriptor descriptor(pidfd_open(each.pid));
        if (!descriptor.is_open() && errno == ESRCH) continue;
        if (!descriptor.is_open()) {
            return failed("pidfd_open {}: {}", each.pid, std::strerror(errno));
        }
        if (is_same(each, {each.pid, look(each.pid)})) {
            processes.emplace_back(std::move(descriptor), each.pid);
        }
    }
    for (const auto& [descriptor, pid] : processes) {
        if (pidfd_send_signal(descriptor.get(), number) == 0 || errno == ESRCH) continue;
        const int why = errno;
        return Error{why == EPERM ? ErrorCode::refused : ErrorCode::failed,
                     fmt::format("signal {} to pid {}: {}{}", number, pid, std::strerror(why),
                                 why == EPERM ? "; run gameday as the user of that process" : "")};
    }
    return {};
}

// Those of the family that are not stopped yet, of one generation: parents stand still before their
// children. One that waits for a child of vfork(2) to begin would not, the other way round.
std::vector<Found> next_to_stop(const std::vector<Found>& family,
                                const std::vector<Found>& stopped) {
    std::vector<Found> next;
    for (const Found& each : family) {
        if (knows(stopped, each)) continue;
        if (!next.empty() && next.front().generation != each.generation) break;
        next.push_back(each);
    }
    return next;
}

}  // namespace

bool runs(const Found& found) {
    return found.sight.life == Life::alive || found.sight.life == Life::stopped;
}

bool is_same(const Found& then, const Found& now) {
    return then.pid == now.pid && then.sight.start == now.sight.start;
}

std::vector<Found> family_of(pid_t root) {
    std::vector<Found> family{{root, look(root)}};
    if (!runs(family.front())) return {};
    const auto children = children_of_all();
    for (std::size_t i = 0; i < family.size(); ++i) {
        const auto [begin, end] = children.equal_range(family[i].pid);
        for (auto child = begin; child != end; ++child) {
            const Found found{child->second, look(child->second), family[i].generation + 1};
            if (runs(found) && !knows(family, found)) family.push_back(found);
        }
    }
    return family;
}

Result<void> may_signal_all(const std::vector<Found>& family) {
    for (const Found& each : family) {
        auto may = may_signal(each.pid);
        if (!may && runs({each.pid, look(each.pid)})) return may;
    }
    return {};
}

Result<void> stop_family(const Found& root, Duration patience, std::vector<Found>& stopped) {
    constexpr int rounds = 1000;  // somebody may wake them as often as we stop them
    for (int round = 0; round < rounds; ++round) {
        const auto family = family_of(root.pid);
        if (family.empty() || !is_same(root, family.front())) return {};
        if (auto may = may_signal_all(family); !may) return may;
        const auto next = next_to_stop(family, stopped);
        if (next.empty()) return {};
        // Who was signalled may be stopped though this fails.
        stopped.insert(stopped.end(), next.begin(), next.end());
        if (auto sent = signal_all(next, SIGSTOP); !sent) return sent;
        for (const Found& each : next) {
            const bool quiet = wait_until(patience, [&] {
                const Found now{each.pid, look(each.pid)};
                return !is_same(each, now) || now.sight.life != Life::alive;
            });
            if (!quiet) return still(each.pid, "running after SIGSTOP", patience);
        }
        std::erase_if(stopped, [](const Found& each) {
            const Found now{each.pid, look(each.pid)};
            return !is_same(each, now) || now.sight.life != Life::stopped;
        });
    }
    return timed_out("process {} and its children do not stand still", root.pid);
}

Result<void> kill_all(const std::vector<Found>& family, Duration patience) {
    if (auto sent = signal_all(family, SIGKILL); !sent) return sent;
    for (const Found& each : family) {
        const bool dead = wait_until(patience, [&] {
            const Found now{each.pid, look(each.pid)};
            return now.sight.life == Life::gone || !is_same(each, now);
        });
        if (!dead) return still(each.pid, "there after SIGKILL", patience);
    }
    return {};
}

Result<void> wake_all(const std::vector<Found>& family, Duration patience) {
    if (auto sent = signal_all(family, SIGCONT); !sent) return sent;
    for (const Found& each : family) {
        const bool awake = wait_until(patience, [&] {
            const Found now{each.pid, look(each.pid)};
            return !is_same(each, now) || now.sight.life != Life::stopped;
        });
        if (!awake) return still(each.pid, "stopped after SIGCONT", patience);
    }
    return {};
}

}  // namespace gameday::devices::process
