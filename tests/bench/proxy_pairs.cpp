#include "tests/bench/proxy_pairs.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <thread>

namespace gameday::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

double ms(Clock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

bool readable(int fd, int timeout_ms) {
    pollfd what{fd, POLLIN, 0};
    return ::poll(&what, 1, timeout_ms) > 0;
}

}  // namespace

Pairs::Pairs(std::size_t count, const Faulted& toxic) : plane_(proxy_server::make_plane(1)) {
    const auto opened = plane_->open("accuracy", "127.0.0.1:0",
                                     fmt::format("127.0.0.1:{}", listener_.addresses[0].port), {});
    GAMEDAY_ENSURE(opened.has_value());
    address_ = {"127.0.0.1",
                static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)))};
    put(toxic);
    for (std::size_t i = 0; i < count; ++i) connect();
}

void Pairs::put(const Faulted& toxic) {
    plane_->put("accuracy",
                {{"t", toxic.type, proxy_server::Stream::downstream, 1, toxic.attributes}});
}

void Pairs::connect() {
    clients_.push_back(stress::connect_to(address_));
    pollfd done{clients_.back().get(), POLLOUT, 0};
    GAMEDAY_ENSURE(::poll(&done, 1, 10'000) == 1);
    connected_.push_back(Clock::now());
    GAMEDAY_ENSURE(readable(listener_.sockets[0].get(), 10'000));
    servers_.push_back(stress::accept_from(listener_.sockets[0].get()));
}

void Pairs::reset(Descriptor& end) {
    const linger now{1, 0};
    ::setsockopt(end.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    end.close();
}

std::vector<Pairs::Arrival> Pairs::receive_all(std::size_t bytes_each) {
    const Descriptor poller = stress::make_poller();
    std::map<int, std::size_t> index;
    std::vector<std::size_t> left(clients_.size(), bytes_each);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        index.emplace(clients_[i].get(), i);
        stress::watch(poller, clients_[i].get());
    }
    std::vector<Arrival> arrivals;
    std::vector<int> ready;
    std::vector<char> some(1 << 20);
    while (!index.empty() && stress::wait(poller, ready, 15'000) > 0) {
        for (const int fd : ready) {
            const auto found = index.find(fd);
            if (found == index.end()) continue;
            const std::size_t i = found->second;
            const auto got = ::recv(fd, some.data(), some.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            const auto bytes = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
            arrivals.push_back({i, bytes, Clock::now()});
            left[i] -= std::min(left[i], bytes);
            const bool over = got <= 0 || (bytes_each > 0 && left[i] == 0);
            if (!over) continue;
            index.erase(found);
            stress::unwatch(poller, fd);
        }
    }
    return arrivals;
}

// One thread that never sleeps sends and receives, so that its own waking up is not measured.
std::vector<double> Pairs::one_way_ms(int stamps, std::chrono::microseconds between) {
    const Descriptor poller = stress::make_poller();
    for (const auto& each : clients_) stress::watch(poller, each.get());
    std::vector<double> seen;
    std::vector<int> ready;
    int sent = 0;
    const auto begin = Clock::now();
    const auto patience = stamps * between + 15s;
    while (seen.size() < static_cast<std::size_t>(stamps) && Clock::now() - begin < patience) {
        if (sent < stamps && Clock::now() >= begin + sent * between) {
            const auto now = Clock::now().time_since_epoch().count();
            const auto& to = servers_[static_cast<std::size_t>(sent) % servers_.size()];
            GAMEDAY_ENSURE(::send(to.get(), &now, sizeof(now), MSG_NOSIGNAL) == sizeof(now));
            ++sent;
        }
        stress::wait(poller, ready, 0);
        for (const int fd : ready) {
            std::array<Clock::rep, 64> stamp{};
            const auto got = ::recv(fd, stamp.data(), sizeof(stamp), MSG_DONTWAIT);
            const auto now = Clock::now();
            for (std::size_t i = 0; got > 0 && i < static_cast<std::size_t>(got) / 8; ++i) {
                seen.push_back(ms(now.time_since_epoch() - Clock::duration(stamp.at(i))));
            }
        }
    }
    return seen;
}

std::vector<double> Pairs::carrying_s(std::size_t bytes) {
    std::vector<Clock::time_point> begun(servers_.size());
    std::thread sender([&] {
        const std::string some(64 * 1024, 'x');
        std::vector<std::size_t> left(servers_.size(), bytes);
        for (bool busy = true; busy;) {
            busy = false;
            for (std::size_t i = 0; i < servers_.size(); ++i) {
                if (left[i] == 0) continue;
                if (left[i] == bytes) begun[i] = Clock::now();
                const auto sent =
                    ::send(servers_[i].get(), some.data(), std::min(some.size(), left[i]),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent > 0) left[i] -= static_cast<std::size_t>(sent);
                busy = busy || left[i] > 0;
            }
            std::this_thread::sleep_for(200us);
        }
    });
    const auto arrivals = receive_all(bytes);
    sender.join();
    std::vector<double> seconds(clients_.size());
    for (const auto& each : arrivals) {
        seconds[each.connection] = ms(each.at - begun[each.connection]) / 1000;
    }
    return seconds;
}

std::vector<double> Pairs::gaps_ms(std::size_t bytes, std::size_t pieces) {
    // Whoever begins to receive when all is sent finds the first pieces together.
    std::thread sender([&] {
        const std::string some(bytes, 'x');
        for (const auto& each : servers_) GAMEDAY_ENSURE(send_all(each.get(), some));
    });
    std::vector<std::vector<Clock::time_point>> at(clients_.size());
    for (const auto& each : receive_all(bytes)) at[each.connection].push_back(each.at);
    sender.join();
    std::vector<double> gaps;
    for (const auto& each : at) {
        if (!each.empty()) {
            gaps.push_back(ms(each.back() - each.front()) / static_cast<double>(pieces - 1));
        }
    }
    return gaps;
}

std::vector<double> Pairs::end_ms(bool server_closes) {
    auto begin = connected_;
    std::thread closer([&] {
        for (std::size_t i = 0; server_closes && i < servers_.size(); ++i) {
            begin[i] = Clock::now();
            servers_[i].close();
            std::this_thread::sleep_for(300us);
        }
    });
    const auto arrivals = receive_all(0);
    closer.join();
    std::vector<double> seen;
    for (const auto& each : arrivals) seen.push_back(ms(each.at - begin[each.connection]));
    return seen;
}

std::vector<double> Pairs::bytes_of(std::size_t sent) {
    const std::string some(sent, 'x');
    for (const auto& each : servers_) GAMEDAY_ENSURE(send_all(each.get(), some));
    std::vector<double> seen(clients_.size());
    for (const auto& each : receive_all(0))
        seen[each.connection] += static_cast<double>(each.bytes);
    return seen;
}

std::string receive_s(int fd, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes && readable(fd, 10'000)) {
        const auto got = ::recv(fd, text.data() + done, bytes - done, MSG_DONTWAIT);
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

bool send_all(int fd, std::string_view text) {
    return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

bool ends_with_reset(int fd) {
    char byte = 0;
    return readable(fd, 10'000) && ::recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

void raise_limit() { stress::raise_descriptor_limit(); }

std::vector<double> timer_lateness_ms() {
    std::vector<double> late;
    for (int i = 0; i < 100; ++i) {
        const auto due = Clock::now() + 10ms;
        std::this_thread::sleep_until(due);
        late.push_back(ms(Clock::now() - due));
    }
    return late;
}

namespace {

double idle_now_s() {
    std::ifstream uptime("/proc/uptime");
    double up = 0;
    double idle = 0;
    uptime >> up >> idle;
    return idle;
}

double own_now_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

Idle::Idle() : idle_s_(idle_now_s()), own_s_(own_now_s()), begin_(Clock::now()) {}

double Idle::foreign_percent() const {
    const double all = ms(Clock::now() - begin_) / 1000 * std::thread::hardware_concurrency();
    return 100 * (1 - (idle_now_s() - idle_s_ + own_now_s() - own_s_) / all);
}

}  // namespace gameday::bench
