#include "harness/app/doctor.hpp"

#include "harness/app/catalog.hpp"
#include "harness/app/environment.hpp"
#include "harness/base/descriptor.hpp"
#include "harness/base/time.hpp"
#include "harness/json/json.hpp"
#include "harness/ports/device.hpp"
#include "harness/store/run_dir.hpp"
#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace gameday::app {

namespace {

using State = Checkup::State;

Checkup loopback_addresses() {
    Checkup result{"loopback addresses (one per region)", State::ok, {}, {}};
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, "127.77.1.1", &address.sin_addr);
    const auto* place = reinterpret_cast<const sockaddr*>(&address);
    if (socket.is_open() && ::bind(socket.get(), place, sizeof address) == 0) {
        result.seen = "bound 127.77.1.1";
    } else {
        result = {result.capability, State::missing,
                  fmt::format("cannot bind 127.77.1.1: {}", std::strerror(errno)),
                  "the loopback interface must be up with 127.0.0.0/8 (ip link set lo up)"};
    }
    return result;
}

Checkup stop_and_kill() {
    Checkup result{"stop, continue and kill processes", State::ok, {}, {}};
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
    }
    int status = 0;
    const bool good = child > 0 && ::kill(child, SIGSTOP) == 0 &&
                      ::waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
                      ::kill(child, SIGCONT) == 0;
    if (child > 0) {
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
    }
    if (good) {
        result.seen = "stopped, continued and killed a child of our own";
    } else {
        result = {result.capability, State::missing,
                  fmt::format("a child of our own could not be stopped: {}", std::strerror(errno)),
                  "run outside the sandbox that forbids signals, or use faults of kind command"};
    }
    return result;
}

Checkup timers() {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    std::array<double, 100> late{};
    for (auto& each : late) {
        const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
        std::this_thread::sleep_until(due);
        each = std::chrono::duration<double>(std::chrono::steady_clock::now() - due).count();
    }
    std::ranges::sort(late);
    const double p50 = late[50];
    const double p99 = late[98];
    Checkup result{
        "timers (the instrument's own lateness)",
        State::ok,
        fmt::format("100 sleeps of 1 ms: late by {} at p50, {} at p99",
                    format_duration(from_seconds(p50)), format_duration(from_seconds(p99))),
        {}};
    if (p99 > 0.02) {
        result.state = State::degraded;
        result.remedy = "the machine is busy: figures widen by this; use an idle machine";
    }
    return result;
}

Checkup open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    Checkup result{"open files",
                   State::ok,
                   fmt::format("limit {} (hard {})", limit.rlim_cur, limit.rlim_max),
                   {}};
    if (limit.rlim_max < 4096) {
        result.state = State::degraded;
        result.remedy = "allow at least 4096: ulimit -n 4096, or LimitNOFILE= in the unit";
    }
    return result;
}

Checkup state_folder() {
    namespace fs = std::filesystem;
    const std::string what = "register of open runs";
    const std::string remedy = "set GAMEDAY_STATE_DIR to a folder that survives this process";
    const auto folder = store::state_dir(environment);
    if (!folder) return {what, State::missing, folder.error().message, remedy};
    // It is made when first used: until then the nearest folder above it must be writable.
    fs::path place = *folder;
    while (!fs::exists(place) && place.has_relative_path()) place = place.parent_path();
    if (::access(place.c_str(), W_OK) == 0) return {what, State::ok, *folder + " is writable", {}};
    return {what, State::missing, *folder + " is not writable", remedy};
}

constexpr std::string_view privilege_remedy =
    "run as root, or inside `unshare -Urn`; Docker: --cap-add NET_ADMIN --cap-add SYS_ADMIN; the "
    "proxy needs no privilege";
constexpr std::string_view namespace_remedy =
    "run as root, or allow user namespaces. Debian: sysctl kernel.unprivileged_userns_clone=1; "
    "Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0; RHEL: sysctl "
    "user.max_user_namespaces=10000; then: unshare -Urn gameday …";
Checkup judged(std::string capability, const Result<void>& tried, std::string_view seen,
               std::string_view remedy) {
    Checkup result{std::move(capability), State::ok, std::string(seen), {}, true};
    if (tried) return result;
    result.state = State::missing;
    result.seen = tried.error().message;
    result.remedy = remedy;
    return result;
}

// The effective capabilities of this process.
std::uint64_t capabilities() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("CapEff:")) return std::stoull(line.substr(7), nullptr, 16);
    }
    return 0;
}

Checkup network_privilege() {
    const bool has = (capabilities() >> CAP_NET_ADMIN & 1U) != 0;
    const auto tried = has ? Result<void>() : Result<void>(refused("this process has it not"));
    return judged("CAP_NET_ADMIN (faults in the kernel)", tried, "this process has it",
                  privilege_remedy);
}

// Each is tried in a network namespace made for that, and named with the way to get it on the
// common systems. All are extras: the proxy needs none of them.
std::vector<Checkup> examine_network() {
    const auto scratch = kernel::Namespace::scratch();
    const Result<void> spaces = scratch ? Result<void>() : Result<void>(scratch.error());
    std::vector<Checkup> all{network_privilege(), judged("network namespaces", spaces,
                                                         "made one and left it", namespace_remedy)};
    for (const DeviceKind* kind : catalog().devices) {
        for (const auto& [capability, seen, remedy, tried] : kind->checkups) {
            const auto done = tried == nullptr ? kind->make({})->ready() : tried();
            all.push_back(judged(std::string(capability), done, seen, remedy));
        }
    }
    return all;
}

Checkup program(std::string_view name, std::string_view use, const std::string& bin_dir) {
    const char* path = std::getenv("PATH");
    std::string places = bin_dir + ":" + (path == nullptr ? "" : path) + ":/usr/sbin:/sbin";
    for (std::size_t from = 0; from <= places.size();) {
        const auto colon = std::min(places.find(':', from), places.size());
        const std::string file = places.substr(from, colon - from) + "/" + std::string(name);
        if (::access(file.c_str(), X_OK) == 0) {
            return {fmt::format("{} ({})", name, use), State::ok, file, {}};
        }
        from = colon + 1;
    }
    const bool ours = name.starts_with("gameday");
    const std::string package = name == "nginx"  ? "nginx-light"
                                : name == "etcd" ? "etcd-server"
                                                 : std::string(name);
    return {fmt::format("{} ({})", name, use), State::missing, "not found in PATH",
            ours ? "build it: ninja -C build/release gameday-regions"
                 : "only for that example: apt-get install " + package,
            !ours};
}

std::string_view name_of(State state) {
    constexpr std::array<std::string_view, 3> names{"ok", "missing", "degraded"};
    return names.at(static_cast<std::size_t>(state));
}

}  // namespace

std::vector<Checkup> examine(const std::string& bin_dir) {
    std::vector<Checkup> all{loopback_addresses(), stop_and_kill(), timers(), open_files(),
                             state_folder()};
    for (auto& each : examine_network()) all.push_back(std::move(each));
    all.push_back(program("gameday-regions", "reference regions", bin_dir));
    all.push_back(program("etcd", "examples/etcd", bin_dir));
    all.push_back(program("nginx", "examples/staging", bin_dir));
    all.push_back(program("haproxy", "examples/staging", bin_dir));
    return all;
}

std::string checkups_text(const std::vector<Checkup>& checkups) {
    std::string text;
    for (const auto& each : checkups) {
        text += fmt::format("{:<9} {:<40} {}\n", name_of(each.state), each.capability, each.seen);
        if (!each.remedy.empty()) text += fmt::format("{:<9} {:<40} -> {}\n", "", "", each.remedy);
    }
    return text;
}

std::string checkups_json(const std::vector<Checkup>& checkups) {
    List list;
    for (const auto& each : checkups) {
        list.push_back(Params{{"capability", each.capability},
                              {"state", std::string(name_of(each.state))},
                              {"seen", each.seen},
                              {"remedy", each.remedy}});
    }
    return json::print_pretty(list);
}

}  // namespace gameday::app
