#include "injectors/devices/netem/clsact/reaper.hpp"

#include "injectors/devices/common/pidfd.hpp"
#include "injectors/devices/netem/clsact/reaper_process.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gameday::devices::netem {

namespace {

using Verb = ReaperRequest::Verb;

// It answers within microseconds unless the whole machine stands still.
constexpr timeval patience{2, 0};

}  // namespace

Result<std::unique_ptr<Reaper>> Reaper::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return system_error("a socket for the reaper", errno);
    }
    Descriptor ours(ends[0]), theirs(ends[1]);
    ::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const Descriptor self(pidfd_open(::getpid()));
    // Blocked here, they are blocked there from its first instruction on.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) serve_as_reaper(theirs.get(), self.get(), seats_most, messages_most);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return system_error("starting the reaper", error);
    return std::unique_ptr<Reaper>(new Reaper(std::move(ours), pid));
}

Reaper::~Reaper() {
    const Descriptor process(pidfd_open(pid_));
    socket_.close();
    pollfd ended{process.get(), POLLIN, 0};
    constexpr int wait_ms = 2000;
    // Somebody may have stopped it; whoever destroys us has taken the filters off already.
    if (process.open() && ::poll(&ended, 1, wait_ms) == 0) ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<Reaper::Seat> Reaper::join(int kernel) {
    const std::lock_guard lock(mutex_);
    const auto* const free = std::find(taken_.begin(), taken_.end(), false);
    if (free == taken_.end()) {
        return Error{ErrorCode::refused,
                     fmt::format("faults on more than {} hosts at once, want fewer: there is no "
                                 "nf_tables here, and the reaper has no room for more",
                                 seats_most)};
    }
    const auto seat = static_cast<std::size_t>(free - taken_.begin());
    const ReaperRequest request{Verb::join, static_cast<std::uint32_t>(seat), 0};
    auto asked = ask(&request, sizeof request, {}, kernel);
    if (!asked) return asked.error();
    taken_.at(seat) = true;
    return seat;
}

Result<void> Reaper::arm(Seat seat, const Bytes& messages, Duration lease) {
    if (messages.size() > messages_most) {
        return Error{
            ErrorCode::refused,
            fmt::format("the filters of all interfaces take {} bytes to delete, want {} at "
                        "most: there are too many interfaces",
                        messages.size(), messages_most)};
    }
    const std::lock_guard lock(mutex_);
    const ReaperRequest request{Verb::arm, static_cast<std::uint32_t>(seat), lease.count()};
    return ask(&request, sizeof request, messages, -1);
}

Result<void> Reaper::beat(Seat seat) {
    const std::lock_guard lock(mutex_);
    const ReaperRequest request{Verb::beat, static_cast<std::uint32_t>(seat), 0};
    return ask(&request, sizeof request, {}, -1);
}

void Reaper::leave(Seat seat) {
    const std::lock_guard lock(mutex_);
    const ReaperRequest request{Verb::leave, static_cast<std::uint32_t>(seat), 0};
    (void)ask(&request, sizeof request, {}, -1);  // a reaper that is gone has left as well
    taken_.at(seat) = false;
}

Result<void> Reaper::ask(const void* request, std::size_t size, const Bytes& messages, int handed) {
    std::array<iovec, 2> parts{iovec{const_cast<void*>(request), size},
                               iovec{const_cast<std::uint8_t*>(messages.data()), messages.size()}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (handed >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const with = CMSG_FIRSTHDR(&message);
        with->cmsg_level = SOL_SOCKET;
        with->cmsg_type = SCM_RIGHTS;
        with->cmsg_len = CMSG_LEN(sizeof handed);
        std::memcpy(CMSG_DATA(with), &handed, sizeof handed);
    }
    const Error gone{ErrorCode::failed, "the process that takes filters off when we die is gone"};
    if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) return gone;  // also when closed
    ReaperAnswer answer{};
    ssize_t got = 0;
    do {
        got = ::recv(socket_.get(), &answer, sizeof answer, 0);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof answer) {
        // A late answer would be taken for that to the next question; so it takes all off and ends.
        socket_.close();
        return gone;
    }
    if (answer == ReaperAnswer::lapsed) {
        return Error{ErrorCode::timed_out, "the lease ran out: gameday stood still for too long"};
    }
    return {};
}

}  // namespace gameday::devices::netem
