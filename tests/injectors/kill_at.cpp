#include "tests/injectors/kill_at.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/lane.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace gameday::test {

namespace {

// The n-th time that the process, by any of its threads, enters or leaves a system call.
struct Point {
    long call = 0;
    bool leaves = false;
    int time = 1;
};

// What others can notice: messages to the kernel, descriptors that end, namespaces that are
// entered.
std::string_view effect_of(long call) {
    switch (call) {
        case SYS_sendto: return "sendto";
        case SYS_sendmsg: return "sendmsg";
        case SYS_sendmmsg: return "sendmmsg";
        case SYS_bind: return "bind";
        case SYS_close: return "close";
        case SYS_setns: return "setns";
        default: return {};
    }
}

bool is_effect(const Point& point) { return !effect_of(point.call).empty(); }

std::string text_of(const Point& point) {
    const auto name = is_effect(point) ? std::string(effect_of(point.call))
                                       : fmt::format("system call {}", point.call);
    return fmt::format("{} {} for the {}. time", point.leaves ? "leaving" : "entering", name,
                       point.time);
}

// A child that works under our eyes. Each of its threads stops at each of its system calls.
class Traced {
 public:
    explicit Traced(const std::function<bool()>& work) {
        std::array<int, 2> go{};
        if (::pipe(go.data()) != 0) throw std::runtime_error("no pipe");
        std::fflush(stdout);
        leader_ = ::fork();
        if (leader_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::setpgid(0, 0);
            char byte = 0;
            (void)!::read(go[0], &byte, 1);
            ::close(go[0]);
            ::_exit(work() ? 0 : 1);
        }
        ::setpgid(leader_, leader_);
        const auto options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
        const bool seized = ::ptrace(PTRACE_SEIZE, leader_, nullptr, options) == 0 &&
                            ::ptrace(PTRACE_INTERRUPT, leader_, nullptr, nullptr) == 0;
        if (!seized) {
            kill();
            throw std::runtime_error("the child may not be traced");
        }
        (void)!::write(go[1], "g", 1);
        ::close(go[0]);
        ::close(go[1]);
        // Its work begins when it has closed its end, too.
        for (auto point = next(); point; point = next()) {
            if (point->call == SYS_close && point->leaves) break;
        }
        times_.clear();
    }
    Traced(const Traced&) = delete;
    Traced& operator=(const Traced&) = delete;
    ~Traced() { kill(); }

    // Lets the child go on to its next point, whose thread then stands; none when it has ended.
    std::optional<Point> next() {
        if (standing_ != 0) resume(standing_, 0);
        standing_ = 0;
        for (;;) {
            int status = 0;
            const pid_t thread = ::waitpid(-leader_, &status, __WALL);
            if (thread < 0) return std::nullopt;
            if (WIFEXITED(status) || WIFSIGNALED(status)) {
                if (thread != leader_) continue;
                ended_ = true;
                good_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
                return std::nullopt;
            }
            const int signal = WSTOPSIG(status);
            if (signal == (SIGTRAP | 0x80)) {
                if (const auto point = point_of(thread)) {
                    standing_ = thread;
                    return point;
                }
            }
            // Events of ptrace (threads that begin) are no signals to be handed on.
            const bool event = (status >> 16) != 0 || signal == (SIGTRAP | 0x80);
            resume(thread, event ? 0 : signal);
        }
    }

    void kill() {
        if (ended_) return;
        ::kill(leader_, SIGKILL);
        int status = 0;
        while (!ended_) {
            const pid_t thread = ::waitpid(-leader_, &status, __WALL);
            if (thread < 0) break;
            if (thread == leader_ && (WIFSIGNALED(status) || WIFEXITED(status))) ended_ = true;
        }
        ended_ = true;
    }

    [[nodiscard]] bool good() const { return good_; }

 private:
    static void resume(pid_t thread, int signal) {
        (void)::ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<long>(signal));
    }

    std::optional<Point> point_of(pid_t thread) {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) return std::nullopt;
        Point point;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            inside_[thread] = point.call = static_cast<long>(info.entry.nr);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && inside_.contains(thread)) {
            point.call = inside_[thread];
            point.leaves = true;
        } else {
            return std::nullopt;
        }
        point.time = ++times_[{point.call, point.leaves}];
        return point;
    }

    pid_t leader_ = 0, standing_ = 0;
    bool ended_ = false, good_ = false;
    std::map<pid_t, long> inside_;  // the call that a thread is in
    std::map<std::pair<long, bool>, int> times_;
};

bool same(const Point& a, const Point& b) {
    return std::tie(a.call, a.leaves, a.time) == std::tie(b.call, b.leaves, b.time);
}

// Every `all / room`th of so many.
class Evenly {
 public:
    Evenly(std::size_t all, std::size_t room) : all_(all), room_(std::min(all, room)) {}
    bool takes_next() {
        const auto before = seen_++ * room_ / all_;
        return seen_ * room_ / all_ > before;
    }

 private:
    std::size_t all_, room_, seen_ = 0;
};

// Those to die at: the effects, and as many of the others as there is room for.
std::vector<Point> chosen(const std::vector<Point>& points, std::size_t most) {
    const auto effects = static_cast<std::size_t>(std::ranges::count_if(points, is_effect));
    Evenly of_effects(effects, most);
    Evenly of_others(points.size() - effects, most - std::min(most, effects));
    std::vector<Point> result;
    for (const auto& point : points) {
        if ((is_effect(point) ? of_effects : of_others).takes_next()) result.push_back(point);
    }
    return result;
}

}  // namespace

Kills kill_at_every_step(const Killing& killing, std::size_t most) {
    Kills kills;
    std::vector<Point> points;
    {
        Traced child(killing.work);
        while (const auto point = child.next()) points.push_back(*point);
        kills.sound = child.good();
    }
    kills.points = points.size();
    for (const auto& wanted : chosen(points, most)) {
        Traced child(killing.work);
        auto point = child.next();
        while (point && !same(*point, wanted)) point = child.next();
        if (point) {
            if (killing.before) killing.before();
            child.kill();
            ++kills.kills;
        } else {
            ++kills.missed;
            kills.sound = kills.sound && child.good();
        }
        killing.after(text_of(wanted));
    }
    return kills;
}

std::size_t kills_allowed(std::size_t nightly) {
    const char* wanted = std::getenv("GAMEDAY_KILLS");
    return wanted == nullptr ? by_lane<std::size_t>(150, nightly)
                             : std::strtoul(wanted, nullptr, 10);
}

bool untraceable() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // By nature, not for want of something: no failure under CI either.
    WARN("SKIPPED: sanitizers make system calls of their own, and trace the process themselves");
    return true;
#else
    return false;
#endif
}

}  // namespace gameday::test
