#include "injectors/devices/process/family.hpp"

#include "harness/base/descriptor.hpp"
#include "injectors/devices/common/pidfd.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gameday::devices::process {

namespace {

namespace fs = std::filesystem;

// A pid by the name of its folder in /proc; none: another file.
std::optional<pid_t> pid_named(std::string_view name) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return pid;
}

Error unseen(std::string_view why) {
    return failed(
        "cannot look at the processes in /proc: {}; raise the limit of open files (ulimit -n)",
        why);
}

// All that run, by their parents. What ends meanwhile is left out.
Result<std::multimap<pid_t, Found>> all_by_parent() {
    std::multimap<pid_t, Found> children;
    std::error_code error;
    for (fs::directory_iterator each("/proc", error), end; !error && each != end;
         each.increment(error)) {
        const auto pid = pid_named(each->path().filename().native());
        if (!pid) continue;
        const Found found{*pid, look(*pid)};
        if (found.sight.life == Life::unseen) return unseen(std::strerror(errno));
        if (runs(found)) children.emplace(found.sight.parent, found);
    }
    if (error) return unseen(error.message());
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
            const int why = errno;
            return failed("pidfd_open {}: {}{}", each.pid, std::strerror(why),
                          why == EMFILE ? "; raise the limit (ulimit -n)" : "");
        }
        const Found now{each.pid, look(each.pid)};
        if (now.sight.life == Life::unseen) return unseen(std::strerror(errno));
        if (is_same(each, now)) processes.emplace_back(std::move(descriptor), each.pid);
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
    return found.sight.life != Life::gone && found.sight.life != Life::dying;
}

bool is_same(const Found& then, const Found& now) {
    return then.pid == now.pid &&
           (then.sight.start == now.sight.start || now.sight.life == Life::unseen);
}

Result<std::vector<Found>> family_of(pid_t root) {
    std::vector<Found> family{{root, look(root)}};
    if (!runs(family.front())) return std::vector<Found>();
    const auto children = all_by_parent();
    if (!children) return children.error();
    for (std::size_t i = 0; i < family.size(); ++i) {
        const auto [begin, end] = children->equal_range(family[i].pid);
        for (auto each = begin; each != end; ++each) {
            Found child = each->second;
            child.generation = family[i].generation + 1;
            if (!knows(family, child)) family.push_back(child);
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

Result<void> stop_family(const Found& root, Duration patience, std::vector<Found>& stopped,
                         const BeforeStop& before) {
    constexpr int rounds = 1000;  // somebody may wake them as often as we stop them
    for (int round = 0; round < rounds; ++round) {
        const auto family = family_of(root.pid);
        if (!family) return family.error();
        if (family->empty() || !is_same(root, family->front())) return {};
        if (auto may = may_signal_all(*family); !may) return may;
        const auto next = next_to_stop(*family, stopped);
        if (next.empty()) return {};
        if (auto ready = before(next); !ready) return ready;
        // Who was signalled may be stopped though this fails.
        stopped.insert(stopped.end(), next.begin(), next.end());
        if (auto sent = signal_all(next, SIGSTOP); !sent) return sent;
        for (const Found& each : next) {
            const bool quiet = wait_until(patience, [&] {
                const Found now{each.pid, look(each.pid)};
                return !is_same(each, now) || now.sight.life == Life::stopped || !runs(now);
            });
            if (!quiet) return still(each.pid, "running after SIGSTOP", patience);
        }
        std::erase_if(stopped, [](const Found& each) {
            const Found now{each.pid, look(each.pid)};
            return !is_same(each, now) || !runs(now) || now.sight.life == Life::alive;
        });
    }
    return timed_out("process {} and its children do not stand still", root.pid);
}

Result<void> kill_all(const std::vector<Found>& family, Duration patience) {
    const std::vector<Found> children_first(family.rbegin(), family.rend());
    if (auto sent = signal_all(children_first, SIGKILL); !sent) return sent;
    for (const Found& each : family) {
        const bool dead = wait_until(patience, [&] {
            const Found now{each.pid, look(each.pid)};
            return now.sight.life == Life::gone || !is_same(each, now);
        });
        if (!dead) return still(each.pid, "there after SIGKILL", patience);
    }
    return {};
}

// One after the other, which takes one descriptor: nobody must stay as he is for want of them. The
// first failure is told, and the others are woken all the same.
Result<void> wake_all(const std::vector<Found>& family, Duration patience) {
    Result<void> all;
    for (const Found& each : family) {
        if (auto sent = signal_all({&each, 1}, SIGCONT); !sent && all) all = std::move(sent);
    }
    for (const Found& each : family) {
        const bool awake = wait_until(patience, [&] {
            const Found now{each.pid, look(each.pid)};
            return !is_same(each, now) || now.sight.life == Life::alive || !runs(now);
        });
        if (!awake && all) all = still(each.pid, "stopped after SIGCONT", patience);
    }
    return all;
}

}  // namespace gameday::devices::process
