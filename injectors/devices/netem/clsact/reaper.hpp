// A small process that takes our filters off when we cannot: the kernel keeps filters of a dead
// process, unlike tables. It is told beforehand which messages to send to the kernel; it sends them
// when we have ended, however we ended, or when we have not renewed the lease in time (we hang).
//
// Forked once, best before there is much memory to share; it holds no descriptors but the socket
// between us, the sockets to the kernel it was handed, and /dev/null. It is in a session of its own
// and blocks all signals that can be blocked, so that what ends us by a group's signal spares it.
// What ends it as well (SIGKILL to a whole container) leaves the filters to `gameday recover`.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "injectors/devices/common/spawn.hpp"
#include "injectors/devices/netem/route_message.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>

namespace gameday::devices::netem {

// Thread-safe.
class Reaper {
 public:
    // Starts the process.
    static Result<std::unique_ptr<Reaper>> start();
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;
    // Ends the process; it sends what it still has to.
    ~Reaper();

    // One namespace that it looks after. Numbers are given again after leave().
    using Seat = std::size_t;
    static constexpr std::size_t seats_most = 64;
    static constexpr std::size_t messages_most = 128 * 1024;  // bytes, for each seat

    // `kernel`: a netlink socket in the namespace, of which the reaper gets a copy. Fails with
    // `refused` when all seats are taken.
    Result<Seat> join(int kernel);
    // What to send from now on, instead of what it was, and the lease, which begins anew. Empty
    // messages: nothing to send, and no lease. Fails with `timed_out` when a lease has run out
    // before (what was to send has been sent), `failed` when the reaper is gone.
    Result<void> arm(Seat seat, const Bytes& messages, Duration lease);
    // Renews the lease; fails as arm() does.
    Result<void> beat(Seat seat);
    // Lets go of the namespace; sends nothing any more.
    void leave(Seat seat);

    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    Reaper(Descriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
    Result<void> ask(const void* request, std::size_t size, const Bytes& messages, int handed);

    std::mutex mutex_;
    Descriptor socket_;
    pid_t pid_ = 0;
    std::array<bool, seats_most> taken_{};
};

}  // namespace gameday::devices::netem
