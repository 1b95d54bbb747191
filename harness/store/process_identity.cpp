#include "harness/store/process_identity.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace gameday::store {

namespace {

struct Stat {
    std::int64_t pid = 0, started = 0;
    char state = '?';
};

// "7 (name) S 1 …": the name may hold blanks and brackets, so what follows the last bracket counts.
std::optional<Stat> stat_of(const std::string& process) {
    std::ifstream file("/proc/" + process + "/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto bracket = text.rfind(')');
    if (bracket == std::string::npos) return std::nullopt;
    Stat stat;
    std::from_chars(text.data(), text.data() + text.size(), stat.pid);
    std::istringstream rest(text.substr(bracket + 1));
    rest >> stat.state;
    constexpr int fields_between = 18;  // `state` is the 3rd, `starttime` the 22nd
    std::string passed_over;
    for (int i = 0; i < fields_between; ++i) rest >> passed_over;
    rest >> stat.started;
    if (!rest || stat.pid <= 0) return std::nullopt;
    return stat;
}

std::string own_namespace() {
    std::array<char, 64> text{};
    const auto length = ::readlink("/proc/self/ns/pid", text.data(), text.size());
    return length <= 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
}

}  // namespace

ProcessIdentity own_identity() {
    const auto stat = stat_of("self");
    if (!stat || stat->pid != ::getpid()) return {};
    return {stat->pid, stat->started, own_namespace()};
}

std::optional<bool> is_living(const ProcessIdentity& process) {
    const auto self = own_identity();
    if (process.pid <= 0 || self.pid == 0) return std::nullopt;
    if (process.pid_namespace != self.pid_namespace) return std::nullopt;
    if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return false;
    const auto stat = stat_of(std::to_string(process.pid));
    if (!stat) return std::nullopt;  // it ended just now, or /proc hides it
    return stat->started == process.started && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace gameday::store
