#include "tests/stress/traffic.hpp"

#include <fmt/format.h>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace gameday::stress {
namespace {

constexpr std::size_t pokes_a_turn = 64;
constexpr std::size_t chunk_max = 4096;
constexpr std::uint64_t stream_max = 200'000;
constexpr std::uint64_t turns_before_retry = 50;
constexpr std::size_t problems_max = 20;

}  // namespace

Traffic::Traffic(TrafficSettings settings, Listeners& servers, Counts& counts)
    : settings_(std::move(settings)),
      servers_(servers),
      poller_(make_poller()),
      random_(settings_.seed, "traffic"),
      pairs_(settings_.pairs),
      counts_(counts) {
    for (std::size_t i = 0; i < pairs_.size(); ++i) pairs_[i].door = i % settings_.doors.size();
    for (const auto& listener : servers_.sockets) watch(poller_, listener.get());
}

Traffic::~Traffic() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Traffic::start() {
    thread_ = std::thread([this] { run(); });
}

void Traffic::drain(int patience_s) {
    using Clock = std::chrono::steady_clock;
    draining_ = true;
    std::uint64_t before = 0;
    auto moved = Clock::now();
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        const std::uint64_t now = counts_.bytes + counts_.whole + counts_.cut + (live_ << 40U);
        if (now != before) moved = Clock::now();
        before = now;
        if (shrunk_.load() && live_ == 0) break;
        if (Clock::now() - moved > std::chrono::seconds(patience_s)) {
            problem(fmt::format("hang: {} connections do not end", live_.load()));
            break;
        }
    }
    stopping_ = true;
    thread_.join();
    describe_those_left();
}

std::vector<std::string> Traffic::problems() {
    const std::lock_guard lock(mutex_);
    return problems_;
}

void Traffic::problem(std::string what) {
    const std::lock_guard lock(mutex_);
    ++counts_.problems;
    if (problems_.size() < problems_max) problems_.push_back(std::move(what));
}

void Traffic::run() {
    std::vector<int> ready;
    while (!stopping_) {
        ++turns_;
        if (settings_.rest_ms > 0 && !draining_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(settings_.rest_ms));
        }
        wait(poller_, ready, 1);
        for (const int fd : ready) {
            const bool listens = std::ranges::any_of(
                servers_.sockets, [fd](const auto& each) { return each.get() == fd; });
            listens ? accept(fd) : read(fd);
        }
        if (draining_ && !shrunk_) shrink_goals();
        for (std::size_t i = 0; i < std::min(pokes_a_turn, pairs_.size()); ++i) {
            cursor_ = (cursor_ + 1) % pairs_.size();
            poke(cursor_);
        }
        counts_.relayed = static_cast<std::uint64_t>(std::ranges::count_if(
            pairs_, [](const Pair& pair) { return pair.client.open() && pair.server.open(); }));
        live_ = strangers_ +
                static_cast<std::size_t>(std::ranges::count_if(pairs_, [](const Pair& pair) {
                    return pair.client.open() || pair.server.open();
                }));
    }
}

// Each stream ends with what has been sent of it, but has a head.
void Traffic::shrink_goals() {
    for (Pair& pair : pairs_) {
        for (Way* way : {&pair.up, &pair.down}) {
            way->goal = std::max<std::uint64_t>(way->sent, head_bytes);
        }
    }
    shrunk_ = true;
}

Traffic::End& Traffic::end_of(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (ends_.size() <= index) ends_.resize(index + 1);
    return ends_[index];
}

void Traffic::begin(std::size_t index) {
    Pair& pair = pairs_[index];
    const std::size_t door = pair.door;
    pair = Pair();
    pair.door = door;
    for (Way* way : {&pair.up, &pair.down}) {
        way->key = mix64(settings_.seed ^ mix64(++keys_));
        way->goal = head_bytes + random_.below(stream_max);
    }
    pair.client = connect_to(settings_.doors[door].address);
    if (!pair.client.open()) {
        ++counts_.refused;
        pair.retry_at = turns_ + turns_before_retry;
        return;
    }
    ++counts_.begun;
    by_key_.emplace(pair.up.key, index);
    const int fd = pair.client.get();
    End& end = end_of(fd);
    end.pair = index;
    end.is_client = true;
    watch(poller_, fd);
}

void Traffic::accept(int listener) {
    for (;;) {
        Descriptor socket = accept_from(listener);
        if (!socket.open()) return;
        const int fd = socket.get();
        End& end = end_of(fd);
        end = End();
        end.stranger = std::move(socket);
        ++strangers_;
        watch(poller_, fd);
    }
}

void Traffic::read(int fd) {
    std::array<char, 16384> some{};
    for (int round = 0; round < 4; ++round) {
        const auto got = ::recv(fd, some.data(), some.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return ended(fd, got < 0);
        take(fd, std::span<const char>(some).first(static_cast<std::size_t>(got)));
        if (static_cast<std::size_t>(got) < some.size()) return;
    }
}

void Traffic::take(int fd, std::span<const char> bytes) {
    End& end = end_of(fd);
    counts_.bytes += bytes.size();
    if (!end.stranger.open()) return take_stream(end, bytes);
    const auto missing = std::min(head_bytes - end.head_got, bytes.size());
    std::ranges::copy(bytes.first(missing),
                      end.head.begin() + static_cast<std::ptrdiff_t>(end.head_got));
    end.head_got += missing;
    if (end.head_got < head_bytes) return;
    introduce(fd);
    if (!end.stranger.open()) take_stream(end, bytes.subspan(missing));
}

// The head is whole: it says whose server end this is. One whose client has given up stays a
// stranger, and is read until it ends.
void Traffic::introduce(int fd) {
    End& end = end_of(fd);
    const auto key = key_of(end.head);
    if (!key) return problem("wrong bytes: the head of a stream");
    const auto found = by_key_.find(*key);
    if (found == by_key_.end()) return;
    Pair& pair = pairs_[found->second];
    if (pair.server.open() || pair.up.received > 0)
        return problem("one connection was dialled twice");
    pair.server = std::move(end.stranger);
    pair.up.received = head_bytes;
    end.pair = found->second;
    end.is_client = false;
    --strangers_;
}

void Traffic::take_stream(const End& end, std::span<const char> bytes) {
    Way& way = end.is_client ? pairs_[end.pair].down : pairs_[end.pair].up;
    if (const auto wrong = first_wrong(bytes, way.key, way.received)) {
        problem(fmt::format("wrong bytes: {} stream of door {}, at {} (sent so far {})",
                            end.is_client ? "the server's" : "the client's", pairs_[end.pair].door,
                            *wrong, way.sent));
    }
    way.received += bytes.size();
}

void Traffic::ended(int fd, bool reset) {
    // Who gets no answer to its SYNs for two minutes gives up: that is what `never_accept` is for.
    const bool gave_up = reset && errno == ETIMEDOUT;
    const std::string saw = reset ? std::generic_category().message(errno) : "FIN";
    End& end = end_of(fd);
    if (end.stranger.open()) {
        end.stranger.close();
        --strangers_;
        return;
    }
    const std::size_t index = end.pair;
    Pair& pair = pairs_[index];
    Way& in = end.is_client ? pair.down : pair.up;
    if (!reset && in.fin_sent && in.received == in.sent) {
        in.fin_seen = true;
        unwatch(poller_, fd);  // it would tell for ever
        return let_go_when_carried(index, end.is_client);
    }
    const bool never_connected = gave_up && end.is_client && !pair.connected;
    if (settings_.doors[pair.door].gentle && !never_connected) {
        problem(fmt::format("{} of door {} saw {} after {} of {} bytes{}",
                            end.is_client ? "the client" : "the server", pair.door, saw,
                            in.received, in.sent, in.fin_sent ? "" : ", and nobody had sent FIN"));
    }
    if (end.is_client && !pair.connected) ++counts_.refused;
    pair.cut = true;
    let_go(index, end.is_client);
}

// A stream whose end was closed before its last bytes were acknowledged would be given up by TCP
// itself when a black hole lasts for a minute or two.
void Traffic::let_go_when_carried(std::size_t index, bool client) {
    const Pair& pair = pairs_[index];
    if (!(client ? pair.up : pair.down).fin_sent) return;
    if (!(client ? pair.down : pair.up).fin_seen) return;
    const int fd = (client ? pair.client : pair.server).get();
    int left = 0;  // bytes and FIN
    ::ioctl(fd, SIOCOUTQ, &left);
    tcp_info now{};
    socklen_t size = sizeof now;
    ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &now, &size);
    const bool cut = now.tcpi_state == TCP_CLOSE && left > 0;  // The other end tells.
    if (cut) pairs_[index].cut = true;
    if (cut || left == 0) let_go(index, client);
}

// Closes one end; when it was the last of its pair, the pair may begin anew.
void Traffic::let_go(std::size_t index, bool client) {
    Pair& pair = pairs_[index];
    (client ? pair.client : pair.server).close();
    if (pair.client.open() || pair.server.open()) return;
    by_key_.erase(pair.up.key);
    ++(pair.cut ? counts_.cut : counts_.whole);
    pair.retry_at = turns_ + (pair.cut ? turns_before_retry : 0);
}

void Traffic::poke(std::size_t index) {
    Pair& pair = pairs_[index];
    if (!pair.client.open() && !pair.server.open()) {
        if (!draining_ && turns_ >= pair.retry_at) begin(index);
        return;
    }
    if (pair.client.open()) write(index, true);
    if (pair.server.open()) write(index, false);
}

void Traffic::write(std::size_t index, bool by_client) {
    Pair& pair = pairs_[index];
    Way& way = by_client ? pair.up : pair.down;
    const int fd = (by_client ? pair.client : pair.server).get();
    if (way.fin_sent) return let_go_when_carried(index, by_client);
    std::array<char, chunk_max> space{};
    const auto size = std::min<std::uint64_t>(1 + random_.below(chunk_max), way.goal - way.sent);
    const std::span<char> chunk = std::span(space).first(static_cast<std::size_t>(size));
    fill(chunk, way.key, way.sent);
    const bool planted = misbehave(way, chunk);
    if (planted && settings_.plant == Plant::truncate) return finish(index, by_client);
    const auto sent = ::send(fd, chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return ended(fd, true);
    if (sent > 0) {
        pair.connected = true;
        way.sent += static_cast<std::uint64_t>(sent);
    }
    if (way.sent >= way.goal) finish(index, by_client);
}

void Traffic::finish(std::size_t index, bool by_client) {
    Pair& pair = pairs_[index];
    if (settings_.plant == Plant::no_end && draining_) return;
    Way& way = by_client ? pair.up : pair.down;
    way.fin_sent = true;
    ::shutdown((by_client ? pair.client : pair.server).get(), SHUT_WR);
    let_go_when_carried(index, by_client);
}

// Whether something was done wrong on purpose, once in a while and never to a head.
bool Traffic::misbehave(Way& way, std::span<char> chunk) {
    if (settings_.plant == Plant::none || way.sent < head_bytes || chunk.size() < 2) return false;
    if (!random_.chance(0.01)) return false;
    switch (settings_.plant) {
        case Plant::drop: fill(chunk, way.key, ++way.sent); break;
        case Plant::duplicate: fill(chunk, way.key, --way.sent); break;
        case Plant::reorder: std::ranges::reverse(chunk); break;
        case Plant::truncate: way.sent += chunk.size(); break;
        case Plant::none:
        case Plant::leak:
        case Plant::no_end: return false;
    }
    return true;
}

void Traffic::describe_those_left() {
    for (const Pair& pair : pairs_) {
        if (!pair.client.open() && !pair.server.open()) continue;
        const auto text = [](const Way& way) {
            return fmt::format("{}/{}/{}{}{}", way.received, way.sent, way.goal,
                               way.fin_sent ? " FIN sent" : "", way.fin_seen ? " FIN seen" : "");
        };
        problem(fmt::format("left: door {}, client {}, server {}, up {}, down {}", pair.door,
                            pair.client.open() ? "open" : "closed",
                            pair.server.open() ? "open" : "closed", text(pair.up),
                            text(pair.down)));
    }
}

}  // namespace gameday::stress
