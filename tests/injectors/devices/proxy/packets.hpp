// What TCP itself notices of a fault: connections that give up, SYNs without answer, segments sent
// again; and a process that may not filter packets.
#pragma once

#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"
#include "tests/support/skip.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>

namespace gameday::testing {

// Whether this process may filter; says so when a test cannot run because it may not.
inline bool may_filter() {
    const auto may = devices::proxy::may_filter_packets();
    if (!may) test::skip_or_fail(may.error().message);
    return may.has_value();
}

// While it lives, this thread and those it starts have no CAP_NET_ADMIN.
class WithoutNetAdmin {
 public:
    WithoutNetAdmin() {
        REQUIRE(::syscall(SYS_capget, &header_, before_.data()) == 0);
        auto fewer = before_;
        fewer[0].effective &= ~(1U << CAP_NET_ADMIN);
        REQUIRE(::syscall(SYS_capset, &header_, fewer.data()) == 0);
    }
    ~WithoutNetAdmin() { ::syscall(SYS_capset, &header_, before_.data()); }
    WithoutNetAdmin(const WithoutNetAdmin&) = delete;
    WithoutNetAdmin& operator=(const WithoutNetAdmin&) = delete;

 private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> before_{};
};

// TCP_USER_TIMEOUT: how long bytes may go without an ACK.
inline void give_up_after(const Peer& peer, unsigned ms) {
    REQUIRE(::setsockopt(peer.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms) == 0);
}

// Probes each second after 1 s of silence; two that are not answered are the end.
inline void keep_alive(const Peer& peer) {
    const int on = 1, second = 1, probes = 2;
    ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_KEEPIDLE, &second, sizeof second);
    ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_KEEPINTVL, &second, sizeof second);
    ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    REQUIRE(::setsockopt(peer.fd(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0);
}

// What TCP itself ends the connection with (ETIMEDOUT, ECONNRESET), 0 when it stands all that time.
inline int end_of(const Peer& peer, Duration limit) {
    pollfd what{peer.fd(), 0, 0};  // POLLERR and POLLHUP only
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    if (::poll(&what, 1, static_cast<int>(ms)) <= 0) return 0;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(peer.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

// A connect under way.
class Dialling {
 public:
    explicit Dialling(std::uint16_t port)
        : peer_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const auto address = loopback(port);
        const int done =
            ::connect(peer_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        REQUIRE((done == 0 || errno == EINPROGRESS));
    }
    // 0 when it is connected, ETIMEDOUT when that has not come within the limit, else the error.
    [[nodiscard]] int connected(Duration limit) const {
        pollfd what{peer_.fd(), POLLOUT, 0};
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
        if (::poll(&what, 1, static_cast<int>(ms)) <= 0) return ETIMEDOUT;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(peer_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
        return error;
    }
    [[nodiscard]] const Peer& peer() const { return peer_; }

 private:
    Peer peer_;
};

inline void check_round_trip(const Peer& asking, const Peer& answering) {
    REQUIRE(asking.send("there") == 5);
    CHECK(answering.receive(5) == "there");
    REQUIRE(answering.send("back") == 4);
    CHECK(asking.receive(4) == "back");
}

// What the sender of a stream has sent: tcpi_data_segs_out, tcpi_total_retrans, and how many of
// these the receiver had already (tcpi_dsack_dups, RFC 2883): on a busy machine a sender's timer
// may end before the ACK is read. The C library's tcp_info ends before the first of them.
struct Segments {
    std::uint32_t sent = 0, again = 0, needless = 0;
};

inline Segments segments_of(const Peer& peer) {
    // Words of the structure in linux/tcp.h.
    constexpr std::size_t data_segs_out = 39, total_retrans = 25, dsack_dups = 54;
    std::array<std::uint32_t, 64> words{};
    socklen_t size = sizeof words;
    ::getsockopt(peer.fd(), IPPROTO_TCP, TCP_INFO, words.data(), &size);
    return {words[data_segs_out], words[total_retrans], words[dsack_dups]};
}

// How many bytes came out as they went in, and the sender's segments.
struct Carriage {
    bool whole = false;
    double segments = 0, again = 0, needless = 0;
};

// Sends so many bytes of a pattern that no loss or swap leaves as it was, to its end.
inline Carriage send_pattern(const Peer& from, const Peer& to, std::size_t bytes) {
    constexpr std::size_t period = 1'000'003;
    std::string text(period, '\0');
    std::uint64_t state = 1;
    for (auto& byte : text) {
        byte = static_cast<char>((state = state * 6364136223846793005U + 1) >> 56);
    }
    std::thread sender([&] {
        for (std::size_t done = 0; done < bytes;) {
            const auto size = std::min(bytes - done, period);
            if (from.send(std::string_view(text).substr(0, size), 60s) != size) return;
            done += size;
        }
    });
    Carriage result{true};
    for (std::size_t done = 0; done < bytes && result.whole;) {
        const auto size = std::min(bytes - done, period);
        result.whole = to.receive(size, 60s) == std::string_view(text).substr(0, size);
        done += size;
    }
    sender.join();
    const Segments seen = segments_of(from);
    result.segments = seen.sent;
    result.again = seen.again;
    result.needless = seen.needless;
    return result;
}

}  // namespace gameday::testing
