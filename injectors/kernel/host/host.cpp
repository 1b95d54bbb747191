#include "injectors/kernel/host/host.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace gameday::kernel {

namespace {

std::string path_of(const Host& host) {
    switch (host.kind) {
        case Host::Kind::netns: return "/run/netns/" + host.name;
        case Host::Kind::pid: return fmt::format("/proc/{}/ns/net", host.pid);
        case Host::Kind::local: break;
    }
    return "/proc/self/ns/net";
}

Error no_namespace(const Host& host, int error) {
    const std::string seen = fmt::format("{}: {}", path_of(host), std::strerror(error));
    if (error == EACCES || error == EPERM) {
        return refused(
            "the network namespace of {} may not be entered ({}), run as root or with "
            "CAP_SYS_ADMIN",
            host_text(host), seen);
    }
    return {ErrorCode::refused,
            host.kind == Host::Kind::netns
                ? fmt::format("there is no network namespace {} ({}), `ip netns list` shows those "
                              "there are",
                              host.name, seen)
                : fmt::format("there is no process {} ({})", host.pid, seen)};
}

NamespaceId id_of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return {};
    return {status.st_dev, status.st_ino};
}

}  // namespace

Result<Host> parse_host(std::string_view text) {
    Host host;
    if (text == "local") return host;
    if (text.starts_with("netns:")) {
        host.kind = Host::Kind::netns;
        host.name = text.substr(6);
        const bool good = !host.name.empty() && host.name.find('/') == std::string::npos &&
                          host.name.front() != '.';
        if (good) return host;
    } else if (text.starts_with("pid:")) {
        host.kind = Host::Kind::pid;
        host.pid = number_in<int>(text.substr(4)).value_or(0);
        if (host.pid > 0) return host;
    } else if (text.starts_with("docker:")) {
        return invalid(
            "\"{}\" names a container, write \"pid:N\" with what `docker inspect -f "
            "{{{{.State.Pid}}}} {}` prints",
            text, text.substr(7));
    }
    return invalid(
        "\"{}\" is no host whose packets can be touched, write \"local\", \"netns:NAME\" "
        "(of `ip netns list`) or \"pid:N\" (a process, or a container's)",
        text);
}

std::string host_text(const Host& host) {
    switch (host.kind) {
        case Host::Kind::netns: return "netns:" + host.name;
        case Host::Kind::pid: return fmt::format("pid:{}", host.pid);
        case Host::Kind::local: break;
    }
    return "local";
}

std::string enter_command(const Host& host) {
    switch (host.kind) {
        case Host::Kind::netns: return fmt::format("nsenter --net={} ", path_of(host));
        case Host::Kind::pid: return fmt::format("nsenter -t {} -n ", host.pid);
        case Host::Kind::local: break;
    }
    return {};
}

Result<Namespace> Namespace::open(const Host& host) {
    Namespace result;
    result.host_ = host;
    if (host.kind == Host::Kind::pid) {
        // Before the namespace: a pid that ends in between is then seen by gone().
        result.pidfd_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, host.pid, 0)));
        if (!result.pidfd_.is_open()) return no_namespace(host, errno);
    }
    result.fd_ = Descriptor(::open(path_of(host).c_str(), O_RDONLY | O_CLOEXEC));
    if (!result.fd_.is_open()) return no_namespace(host, errno);
    result.id_ = id_of(result.fd_.get());
    if (result.gone()) return no_namespace(host, ESRCH);
    return result;
}

Result<Namespace> Namespace::scratch() {
    Namespace result;
    int error = 0;
    std::thread([&] {
        if (::unshare(CLONE_NEWNET) == 0) {
            result.fd_ = Descriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        }
        error = errno;
    }).join();
    if (!result.fd_.is_open()) {
        return refused(
            "no network namespace can be made here ({}), run as root, with CAP_SYS_ADMIN "
            "and CAP_NET_ADMIN, or inside `unshare -Urn`; or lead the links through proxy "
            "hops (\"listen\"), which need no privilege",
            std::strerror(error));
    }
    result.id_ = id_of(result.fd_.get());
    return result;
}

bool Namespace::gone() const {
    if (host_.kind == Host::Kind::local) return false;
    if (host_.kind == Host::Kind::pid) {
        pollfd ended{pidfd_.get(), POLLIN, 0};
        return ::poll(&ended, 1, 0) > 0;
    }
    struct stat status {};
    return ::stat(path_of(host_).c_str(), &status) != 0 ||
           NamespaceId{status.st_dev, status.st_ino} != id_;
}

Result<void> Namespace::inside(const std::function<Result<void>()>& work) const {
    struct stat own {};
    const bool there =
        ::stat("/proc/thread-self/ns/net", &own) == 0 && NamespaceId{own.st_dev, own.st_ino} == id_;
    if (there) return work();
    Result<void> result;
    // A thread of its own: setns() changes the thread that calls it, for good.
    std::thread([&] {
        if (::setns(fd_.get(), CLONE_NEWNET) != 0) {
            result = no_namespace(host_, errno);
            return;
        }
        result = work();
    }).join();
    return result;
}

Result<std::vector<std::string>> interfaces(const Namespace& where) {
    std::vector<std::string> names;
    auto listed = where.inside([&]() -> Result<void> {
        struct if_nameindex* const all = ::if_nameindex();
        if (all == nullptr) {
            return failed("no list of interfaces: {}", std::strerror(errno));
        }
        for (const auto* each = all; each->if_index != 0; ++each) {
            if (!std::string_view(each->if_name).starts_with(own_interface_prefix)) {
                names.emplace_back(each->if_name);
            }
        }
        ::if_freenameindex(all);
        return {};
    });
    if (!listed) return listed.error();
    return names;
}

std::vector<std::string> interfaces_or_guess(const Host& host) {
    auto where = Namespace::open(host);
    if (!where) return {"eth0"};
    auto names = interfaces(*where);
    return names && !names->empty() ? std::move(*names) : std::vector<std::string>{"eth0"};
}

}  // namespace gameday::kernel
