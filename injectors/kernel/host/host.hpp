// Where packets are touched: a network namespace, entered by name or by one of its processes.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::kernel {

// "local": our own namespace; "netns:NAME": /run/netns/NAME; "pid:N": that of a process (a
// container's, too).
struct Host {
    enum class Kind : std::uint8_t { local, netns, pid };
    Kind kind = Kind::local;
    std::string name;  // of netns
    pid_t pid = 0;
    bool operator==(const Host&) const = default;
};

// Fails with `invalid` on another text, and says what to write (for docker:NAME: its pid).
Result<Host> parse_host(std::string_view text);
std::string host_text(const Host& host);

// What a shell puts before a command to run it there: "nsenter --net=… ", "" for local.
std::string enter_command(const Host& host);

// Which namespace it was: a name or a pid may be given to another one later.
struct NamespaceId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const NamespaceId&) const = default;
};

// An open network namespace. Move-only; keeps the namespace alive while open, so close it when the
// target has ended. Any thread.
class Namespace {
 public:
    // Fails with `refused` when there is none, or we may not enter it.
    static Result<Namespace> open(const Host& host);
    // A new one that nobody else is in, to try things out; it ends with this object.
    static Result<Namespace> scratch();

    [[nodiscard]] NamespaceId id() const { return id_; }
    [[nodiscard]] const Host& host() const { return host_; }  // by which it was opened
    // Whether the process by which it was entered has ended, or its name is gone or leads
    // elsewhere.
    [[nodiscard]] bool gone() const;
    // Runs `work` inside the namespace, and waits for it: on the calling thread when that is there
    // already, so calls may be nested at no cost; else on one of its own. Sockets opened there stay
    // in the namespace, whoever uses them.
    Result<void> inside(const std::function<Result<void>()>& work) const;

 private:
    Namespace() = default;
    Host host_;
    Descriptor fd_;
    Descriptor pidfd_;  // of pid:N
    NamespaceId id_;
};

// The names of the network interfaces there, except those that gameday has made.
Result<std::vector<std::string>> interfaces(const Namespace& where);
// The same for commands to be shown: "eth0" where nobody may look.
std::vector<std::string> interfaces_or_guess(const Host& host);
inline constexpr std::string_view own_interface_prefix = "gd";

}  // namespace gameday::kernel
