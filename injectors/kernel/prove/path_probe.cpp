#include "injectors/kernel/prove/path_probe.hpp"

#include "harness/base/descriptor.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace gameday::kernel {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto between_requests = std::chrono::milliseconds(20);

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

std::string single_address(const std::vector<std::string>& all, bool v6) {
    for (const auto& each : all) {
        const auto prefix = parse_prefix(each);
        if (prefix && prefix->v6 == v6 && prefix->length == (v6 ? 128U : 32U)) {
            return prefix_text(*prefix);
        }
    }
    return {};
}

// Whether the address is in one of the prefixes that are never touched.
bool is_spared(const Flow& flow, const std::string& address) {
    const auto one = parse_prefix(address);
    return std::ranges::any_of(flow.spare, [&](const std::string& each) {
        const auto spared = parse_prefix(each);
        if (!one || !spared || spared->v6 != one->v6) return false;
        const auto same = parse_prefix(fmt::format("{}/{}", address, spared->length));
        return same && same->address == spared->address;
    });
}

struct SocketAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0;
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};

SocketAddress socket_address(const std::string& text, std::uint16_t port) {
    SocketAddress made;
    if (is_v6(text)) {
        auto& in6 = reinterpret_cast<sockaddr_in6&>(made.bytes);
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(port);
        (void)::inet_pton(AF_INET6, text.c_str(), &in6.sin6_addr);
        made.size = sizeof in6;
    } else {
        auto& in4 = reinterpret_cast<sockaddr_in&>(made.bytes);
        in4.sin_family = AF_INET;
        in4.sin_port = htons(port);
        (void)::inet_pton(AF_INET, text.c_str(), &in4.sin_addr);
        made.size = sizeof in4;
    }
    return made;
}

// A socket on the host, with the path's own address; -1 when it cannot be had.
Descriptor socket_on(const Host& host, const Path& path, int type, int protocol) {
    int fd = -1;
    auto where = Namespace::open(host);
    if (!where) return Descriptor(-1);
    const auto opened = where->inside([&]() -> Result<void> {
        fd = ::socket(is_v6(path.peer) ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      protocol);
        return {};
    });
    Descriptor made(opened ? fd : -1);
    if (made.get() >= 0 && !path.own.empty()) {
        const auto own = socket_address(path.own, 0);
        if (::bind(made.get(), own.get(), own.size) != 0) return Descriptor(-1);
    }
    return made;
}

// Requests that were sent and those of them that were answered, by their number.
struct Book {
    std::vector<Clock::time_point> sent;
    std::vector<Duration> took;  // -1: not answered yet

    void note_sent() {
        sent.push_back(Clock::now());
        took.emplace_back(-1);
    }
    void note_answer(std::size_t number) {
        if (number >= sent.size() || took[number].count() >= 0) return;
        took[number] = std::chrono::duration_cast<Duration>(Clock::now() - sent[number]);
    }
    [[nodiscard]] bool complete(int count) const {
        return std::cmp_equal(sent.size(), count) &&
               std::ranges::all_of(took, [](Duration d) { return d.count() >= 0; });
    }
    [[nodiscard]] Answers answers() const {
        std::vector<Duration> answered;
        std::copy_if(took.begin(), took.end(), std::back_inserter(answered),
                     [](Duration d) { return d.count() >= 0; });
        Answers made{static_cast<int>(sent.size()), static_cast<int>(answered.size()), {}};
        if (answered.empty()) return made;
        const auto middle = answered.begin() + static_cast<std::ptrdiff_t>(answered.size() / 2);
        std::nth_element(answered.begin(), middle, answered.end());
        made.median = *middle;
        return made;
    }
};

// Type, code, checksum, id and number are at the same places in both families.
struct Echo {
    std::uint8_t type = 0, code = 0;
    std::uint16_t checksum = 0, id = 0, number = 0;
};

std::uint16_t checksum_of(const Echo& echo) {
    std::array<std::uint16_t, 4> words{};
    std::memcpy(words.data(), &echo, sizeof echo);
    std::uint32_t sum = 0;
    for (const auto word : words) sum += word;
    return static_cast<std::uint16_t>(~((sum & 0xffff) + (sum >> 16)));
}

class Echoes {
 public:
    Echoes(const Host& host, const Path& path)
        : v6_(is_v6(path.peer)),
          socket_(socket_on(host, path, SOCK_RAW, v6_ ? int(IPPROTO_ICMPV6) : int(IPPROTO_ICMP))),
          peer_(socket_address(path.peer, 0)) {
        static std::atomic<std::uint16_t> next{static_cast<std::uint16_t>(::getpid() * 31)};
        id_ = next.fetch_add(1);
    }
    [[nodiscard]] bool can() const { return socket_.get() >= 0; }

    void send(Book& book) {
        Echo echo{static_cast<std::uint8_t>(v6_ ? int(ICMP6_ECHO_REQUEST) : int(ICMP_ECHO)), 0, 0,
                  id_, static_cast<std::uint16_t>(book.sent.size())};
        if (!v6_) echo.checksum = checksum_of(echo);
        book.note_sent();
        (void)::sendto(socket_.get(), &echo, sizeof echo, 0, peer_.get(), peer_.size);
    }

    void take_in(Book& book) {
        std::array<std::uint8_t, 512> bytes{};
        for (;;) {
            const auto got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
            if (got <= 0) return;
            // The socket of IPv4 shows the header of IP, too.
            const std::size_t header = v6_ ? 0 : (bytes[0] & 0xfU) * 4U;
            Echo echo;
            if (std::cmp_less(got, header + sizeof echo)) continue;
            std::memcpy(&echo, bytes.data() + header, sizeof echo);
            const int reply = v6_ ? int(ICMP6_ECHO_REPLY) : int(ICMP_ECHOREPLY);
            if (echo.type == reply && echo.id == id_) book.note_answer(echo.number);
        }
    }

    [[nodiscard]] std::vector<pollfd> waits_for(const Book&) const {
        return {{socket_.get(), POLLIN, 0}};
    }

 private:
    bool v6_;
    Descriptor socket_;
    SocketAddress peer_;
    std::uint16_t id_ = 0;
};

class Connections {
 public:
    Connections(const Host& host, const Path& path)
        : host_(host), path_(path), peer_(socket_address(path.peer, path.port)) {
        sockets_.push_back(socket_on(host_, path_, SOCK_STREAM, IPPROTO_TCP));
    }
    [[nodiscard]] bool can() const { return sockets_.front().get() >= 0; }

    void send(Book& book) {
        if (!book.sent.empty()) {
            sockets_.push_back(socket_on(host_, path_, SOCK_STREAM, IPPROTO_TCP));
        }
        book.note_sent();
        const int fd = sockets_.back().get();
        const bool done = ::connect(fd, peer_.get(), peer_.size) == 0 || errno == ECONNREFUSED;
        if (done) book.note_answer(book.sent.size() - 1);
    }

    void take_in(Book& book) {
        for (std::size_t i = 0; i < sockets_.size(); ++i) {
            pollfd wait{sockets_[i].get(), POLLOUT, 0};
            if (book.took[i].count() >= 0 || ::poll(&wait, 1, 0) <= 0) continue;
            int error = 0;
            socklen_t size = sizeof error;
            (void)::getsockopt(sockets_[i].get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error == 0 || error == ECONNREFUSED) book.note_answer(i);
        }
    }

    [[nodiscard]] std::vector<pollfd> waits_for(const Book& book) const {
        std::vector<pollfd> waits;
        for (std::size_t i = 0; i < sockets_.size(); ++i) {
            if (book.took[i].count() < 0) waits.push_back({sockets_[i].get(), POLLOUT, 0});
        }
        return waits;
    }

 private:
    const Host& host_;
    const Path& path_;
    SocketAddress peer_;
    std::vector<Descriptor> sockets_;
};

template <class Requests>
std::optional<Answers> ask(Requests requests, int count, Duration patience,
                           const std::stop_token& stop) {
    if (!requests.can()) return std::nullopt;
    Book book;
    auto next = Clock::now();
    auto end = Clock::time_point::max();
    while (!book.complete(count) && Clock::now() < end) {
        if (stop.stop_requested()) return std::nullopt;
        if (std::cmp_less(book.sent.size(), count) && Clock::now() >= next) {
            requests.send(book);
            next += between_requests;
            if (std::cmp_equal(book.sent.size(), count)) end = Clock::now() + patience;
        }
        auto waits = requests.waits_for(book);
        constexpr int milliseconds = 5;  // so that a stop is not waited for
        (void)::poll(waits.data(), waits.size(), milliseconds);
        requests.take_in(book);
        // A connection that has failed is ready all the time.
        if (waits.empty() || std::ranges::any_of(waits, [](const pollfd& each) {
                return (each.revents & (POLLERR | POLLHUP)) != 0;
            })) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    return book.answers();
}

}  // namespace

std::vector<Path> paths_of(const std::vector<Flow>& flows) {
    std::vector<Path> paths;
    bool has4 = false, has6 = false;
    for (const auto& flow : flows) {
        const bool tcp = flow.protocol == Protocol::tcp && !flow.peer_ports.empty();
        const bool echo = flow.protocol == Protocol::any || flow.protocol == Protocol::icmp;
        if (!flow.own_ports.empty() || (!tcp && !echo)) continue;
        for (const bool v6 : {false, true}) {
            bool& has = v6 ? has6 : has4;
            auto peer = single_address(flow.peers, v6);
            auto own = single_address(flow.own, v6);
            // From an address that the flow does not name, packets would not meet the fault.
            const bool elsewhere = own.empty() && !flow.own.empty();
            if (peer.empty() || has || elsewhere || is_spared(flow, peer)) continue;
            has = true;
            paths.push_back({std::move(own), std::move(peer),
                             tcp ? flow.peer_ports.front() : std::uint16_t{0}});
        }
    }
    return paths;
}

std::string path_text(const Path& path) {
    return fmt::format("{}{}→ {}{}", path.own, path.own.empty() ? "" : " ", path.peer,
                       path.port == 0 ? "" : fmt::format(" port {}", path.port));
}

std::string answers_text(const Answers& answers) {
    if (answers.answered == 0) return fmt::format("none of {} answered", answers.sent);
    const auto time = format_duration(answers.median);
    if (answers.answered == answers.sent) return time;
    return fmt::format("{} ({} of {} answered)", time, answers.answered, answers.sent);
}

std::optional<Answers> probe(const Host& host, const Path& path, int count, Duration patience,
                             const std::stop_token& stop) {
    if (path.port == 0) return ask(Echoes(host, path), count, patience, stop);
    return ask(Connections(host, path), count, patience, stop);
}

}  // namespace gameday::kernel
