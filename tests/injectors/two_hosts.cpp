#include "tests/injectors/two_hosts.hpp"

#include "tests/support/skip.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gameday::test {

namespace {

// A process that is alone in a new network namespace, idle until it is killed.
pid_t idle_host() {
    std::array<int, 2> ready{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const char good = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
        (void)!::write(ready[1], &good, 1);
        for (;;) ::pause();
    }
    char good = 'n';
    (void)!::read(ready[0], &good, 1);
    ::close(ready[0]);
    ::close(ready[1]);
    if (good == 'y') return child;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw std::runtime_error("no network namespace can be made");
}

void end(pid_t host) {
    if (host <= 0) return;
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
}

std::string on(pid_t host, const std::string& command) {
    std::string quoted = "'";
    for (const char c : command) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return fmt::format("nsenter -t {} -n /bin/sh -c {}'", host, quoted);
}

int status_of(pid_t host, const std::string& command) {
    const int status = std::system(on(host, command + " >/dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string said(pid_t host, const std::string& command) {
    FILE* pipe = ::popen(on(host, command + " 2>&1").c_str(), "r");
    std::string text;
    std::array<char, 4096> buffer{};
    while (pipe != nullptr) {
        const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe);
        if (size == 0) break;
        text.append(buffer.data(), size);
    }
    if (pipe != nullptr) ::pclose(pipe);
    return text;
}

}  // namespace

TwoHosts::TwoHosts() : near_(idle_host()), far_(idle_host()) {
    at_near(fmt::format("ip link add wire type veth peer name wire netns {}", far_));
    for (const auto& [host, number] : {std::pair{near_, 1}, {far_, 2}}) {
        const auto set_up = fmt::format(
            "ip link set lo up && ip addr add 10.99.0.{0}/24 dev wire && ip addr add "
            "fd99::{0}/64 dev wire nodad && ip link set wire up",
            number);
        if (status_of(host, set_up) != 0) {
            throw std::runtime_error("no wire: " + said(host, "ip addr"));
        }
    }
    // IPv6 needs a moment more than the carrier.
    for (int tries = 0; at_near("ping -c1 -W0.05 fd99::2") != 0; ++tries) {
        if (tries == 400) throw std::runtime_error("no IPv6: " + said(near_, "ip addr"));
    }
}

TwoHosts::~TwoHosts() {
    end(near_);
    end(far_);
}

void TwoHosts::end_far() { end(std::exchange(far_, 0)); }

std::string TwoHosts::missing() {
    try {
        end(idle_host());
    } catch (const std::exception& error) {
        return fmt::format("{}: run as root or inside unshare -Urn", error.what());
    }
    return {};
}

std::string TwoHosts::near() const { return fmt::format("pid:{}", near_); }
std::string TwoHosts::far() const { return fmt::format("pid:{}", far_); }
int TwoHosts::at_near(const std::string& command) const { return status_of(near_, command); }
int TwoHosts::at_far(const std::string& command) const { return status_of(far_, command); }
std::string TwoHosts::said_near(const std::string& command) const { return said(near_, command); }
std::string TwoHosts::said_far(const std::string& command) const { return said(far_, command); }

bool unable() { return is_skipped(TwoHosts::missing()); }

}  // namespace gameday::test
