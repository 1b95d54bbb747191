#include "tests/injectors/round_trips.hpp"

#include "tests/injectors/wire_traffic.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gameday::test {

namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr int patience_ms = 1000;

// Both ends of the wire in one hand: what is measured is the way, not how fast threads wake.
class Ends {
 public:
    Ends(const TwoHosts& hosts, std::uint16_t port)
        : near_(testing::udp_socket_on(hosts.near(), AF_INET)),
          far_(testing::udp_socket_on(hosts.far(), AF_INET)) {
        bind(near_, "10.99.0.1", port);
        bind(far_, "10.99.0.2", port);
        connect(near_, "10.99.0.2", port);
        connect(far_, "10.99.0.1", port);
    }
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    ~Ends() {
        ::close(near_);
        ::close(far_);
    }

    // Whether the packet with that number came there and back.
    [[nodiscard]] bool trip(std::uint32_t number) const {
        return pass(near_, far_, number) && pass(far_, near_, number);
    }

 private:
    static sockaddr_in address(const char* text, std::uint16_t port) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(port);
        ::inet_pton(AF_INET, text, &made.sin_addr);
        return made;
    }
    static void bind(int socket, const char* text, std::uint16_t port) {
        const auto own = address(text, port);
        if (::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
            throw std::runtime_error("cannot bind");
        }
    }
    static void connect(int socket, const char* text, std::uint16_t port) {
        const auto other = address(text, port);
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&other), sizeof other) != 0) {
            throw std::runtime_error("cannot connect");
        }
    }
    static bool pass(int from, int to, std::uint32_t number) {
        if (::send(from, &number, sizeof number, 0) < 0) return false;
        pollfd waiting{to, POLLIN, 0};
        std::uint32_t came = number + 1;
        while (came != number && ::poll(&waiting, 1, patience_ms) == 1) {
            if (::recv(to, &came, sizeof came, 0) < 0) return false;
        }
        return came == number;
    }

    int near_, far_;
};

Duration quantile(std::vector<Duration> all, double share) {
    if (all.empty()) return Duration::max();
    const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(all.size() - 1) * share);
    std::nth_element(all.begin(), all.begin() + at, all.end());
    return all[static_cast<std::size_t>(at)];
}

// Gathers rounds of one sort.
class Rounds {
 public:
    Rounds(const Ends& ends, Duration every) : ends_(ends), every_(every) {}

    void run(const std::function<void()>& work) {
        std::atomic<bool> ending = false;
        std::thread packets([&] { bounce(ending); });
        const auto begin = SteadyTime::now();
        work();
        took_ = SteadyTime::now() - begin;
        ending = true;
        packets.join();
        all_.lasted += took_;
    }
    [[nodiscard]] Duration took() const { return took_; }
    [[nodiscard]] RoundTrips all() const {
        auto result = all_;
        result.p50 = quantile(p50_, 0);
        result.p99 = quantile(p99_, 0);
        return result;
    }

 private:
    void bounce(const std::atomic<bool>& ending) {
        ::prctl(PR_SET_TIMERSLACK, 1UL);
        std::vector<Duration> took;
        auto due = SteadyTime::now();
        while (!ending) {
            const auto begin = SteadyTime::now();
            if (ends_.trip(number_++)) {
                took.push_back(SteadyTime::now() - begin);
            } else {
                ++all_.lost;
            }
            ++all_.sent;
            std::this_thread::sleep_until(due += every_);
        }
        p50_.push_back(quantile(took, 0.5));
        p99_.push_back(quantile(took, 0.99));
    }

    const Ends& ends_;
    Duration every_, took_{};
    std::uint32_t number_ = 0;
    RoundTrips all_;
    std::vector<Duration> p50_, p99_;
};

}  // namespace

Beside round_trips_beside(const TwoHosts& hosts, std::uint16_t port, int rounds, Duration every,
                          const std::function<void()>& work) {
    const Ends ends(hosts, port);
    Rounds quiet(ends, every), busy(ends, every);
    Duration took = std::chrono::milliseconds(100);
    for (int i = 0; i < rounds; ++i) {
        quiet.run([&] { std::this_thread::sleep_for(took); });
        busy.run(work);
        took = busy.took();
    }
    return {quiet.all(), busy.all()};
}

void print(const char* what, const Beside& seen) {
    const auto us = [](Duration duration) { return seconds(duration) * 1e6; };
    std::printf(
        "%s: %zu + %zu round trips at %.0f packets/s, %zu lost; without faults p50 %.1f us, p99 "
        "%.1f us; while they come and go p50 %.1f us, p99 %.1f us\n",
        what, seen.quiet.sent, seen.busy.sent, seen.busy.packets_per_s(),
        seen.quiet.lost + seen.busy.lost, us(seen.quiet.p50), us(seen.quiet.p99), us(seen.busy.p50),
        us(seen.busy.p99));
}

}  // namespace gameday::test
