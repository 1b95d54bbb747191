#include "injectors/devices/netem/clsact/reaper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace gameday::devices::netem {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000, ns_per_ms = 1'000'000;

// Where its descriptors are after those it inherited are closed.
constexpr int null_fd = 0, socket_fd = 3, parent_fd = 4, first_unused_fd = 5;

struct Seat {
    int kernel = -1;
    bool lapsed = false;
    std::size_t size = 0;  // of the messages; 0: nothing to do
    std::int64_t lease_ns = 0, due_ns = 0;
};

// All its memory, mapped before anything else.
struct Memory {
    Seat* seats = nullptr;
    std::size_t seat_count = 0, bytes_per_seat = 0;
    char* messages = nullptr;  // of all seats
    char* incoming = nullptr;

    [[nodiscard]] char* messages_of(std::size_t seat) const {
        return messages + seat * bytes_per_seat;
    }
};

std::int64_t now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * ns_per_s + time.tv_nsec;
}

// Nobody reads the answers: the kernel has done it all when the call returns.
void reap(const Memory& memory, std::size_t index) {
    Seat& seat = memory.seats[index];
    if (seat.size == 0) return;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    while (::sendto(seat.kernel, memory.messages_of(index), seat.size, 0,
                    reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0 &&
           errno == EINTR) {
    }
    seat.size = 0;
}

[[noreturn]] void reap_all(const Memory& memory) {
    for (std::size_t i = 0; i < memory.seat_count; ++i) reap(memory, i);
    ::_exit(0);
}

// Ends the leases that are over; how long until the next one is, in ms for poll(2).
int end_leases(const Memory& memory) {
    const auto now = now_ns();
    std::int64_t wait_ms = -1;
    for (std::size_t i = 0; i < memory.seat_count; ++i) {
        Seat& seat = memory.seats[i];
        if (seat.size == 0) continue;
        if (seat.due_ns <= now) {
            reap(memory, i);
            seat.lapsed = true;
            continue;
        }
        const auto left = (seat.due_ns - now) / ns_per_ms + 1;
        wait_ms = wait_ms < 0 ? left : std::min(wait_ms, left);
    }
    constexpr std::int64_t most = 3'600'000;
    return static_cast<int>(std::min(wait_ms, most));
}

void serve(const Memory& memory, const ReaperRequest& request, const char* messages,
           std::size_t size, int handed) {
    using Verb = ReaperRequest::Verb;
    Seat& seat = memory.seats[request.seat];
    switch (request.verb) {
        case Verb::join:
        case Verb::leave:
            if (seat.kernel >= 0) ::close(seat.kernel);
            seat = {};
            seat.kernel = handed;
            return;
        case Verb::arm:
            if (seat.lapsed) return;
            std::memcpy(memory.messages_of(request.seat), messages, size);
            seat.size = size;
            seat.lease_ns = request.lease_ns;
            [[fallthrough]];
        case Verb::beat: seat.due_ns = now_ns() + seat.lease_ns; return;
    }
}

// Takes one request and answers it; ends when there is nobody to ask any more.
void answer(const Memory& memory) {
    iovec place{memory.incoming, sizeof(ReaperRequest) + memory.bytes_per_seat};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(socket_fd, &message, 0);
    if (got < 0 && errno == EINTR) return;
    if (got < static_cast<ssize_t>(sizeof(ReaperRequest))) reap_all(memory);
    ReaperRequest request;
    std::memcpy(&request, memory.incoming, sizeof request);
    int handed = -1;
    const cmsghdr* with = CMSG_FIRSTHDR(&message);
    if (with != nullptr && with->cmsg_type == SCM_RIGHTS) {
        std::memcpy(&handed, CMSG_DATA(with), sizeof handed);
    }
    serve(memory, request, memory.incoming + sizeof request,
          static_cast<std::size_t>(got) - sizeof request, handed);
    const auto said = memory.seats[request.seat].lapsed ? ReaperAnswer::lapsed : ReaperAnswer::done;
    (void)!::send(socket_fd, &said, sizeof said, MSG_NOSIGNAL);  // an end is seen by the next read
}

// Keeps these two and /dev/null, and closes all others: a listening socket of ours would keep its
// port, an end of a pipe its reader.
void keep_only(int socket, int parent) {
    // Out of the way first: one may stand where the other has to go.
    socket = ::fcntl(socket, F_DUPFD, first_unused_fd);
    if (parent >= 0) parent = ::fcntl(parent, F_DUPFD, first_unused_fd);
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = null_fd; fd < socket_fd; ++fd) ::dup2(null, fd);
    ::dup2(socket, socket_fd);
    if (parent >= 0) {
        ::dup2(parent, parent_fd);
    } else {
        ::close(parent_fd);
    }
    if (::close_range(first_unused_fd, ~0U, 0) == 0) return;
    constexpr int most = 65536;  // of kernels before 5.9
    for (int fd = first_unused_fd; fd < most; ++fd) ::close(fd);
}

// On a machine that is short of time or memory it must come to its turn all the same. Without
// privilege it stays as it is.
void be_preferred() {
    constexpr int first = -20;
    ::setpriority(PRIO_PROCESS, 0, first);
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY);
    constexpr std::string_view never = "-1000";
    if (score >= 0) (void)!::write(score, never.data(), never.size());
    ::close(score);
}

char* map(std::size_t size) {
    void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) ::_exit(1);
    return static_cast<char*>(start);
}

}  // namespace

void serve_as_reaper(int socket, int parent, std::size_t seats, std::size_t bytes_per_seat) {
    ::setsid();
    ::prctl(PR_SET_NAME, "gameday-reaper");
    if (::chdir("/") != 0) ::_exit(1);
    keep_only(socket, parent);
    be_preferred();
    Memory memory;
    memory.seat_count = seats;
    memory.bytes_per_seat = bytes_per_seat;
    memory.seats = reinterpret_cast<Seat*>(map(seats * sizeof(Seat)));
    for (std::size_t i = 0; i < seats; ++i) memory.seats[i] = {};
    memory.messages = map(seats * bytes_per_seat);
    memory.incoming = map(sizeof(ReaperRequest) + bytes_per_seat);
    for (;;) {
        std::array<pollfd, 2> waiting{pollfd{socket_fd, POLLIN, 0},
                                      pollfd{parent >= 0 ? parent_fd : -1, POLLIN, 0}};
        if (::poll(waiting.data(), waiting.size(), end_leases(memory)) <= 0) continue;
        if (waiting[1].revents != 0) reap_all(memory);
        // First, for both of us may have stood still (a frozen container), and what is asked now
        // comes too late.
        (void)end_leases(memory);
        if (waiting[0].revents != 0) answer(memory);
    }
}

}  // namespace gameday::devices::netem
