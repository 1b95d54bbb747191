// What a filter takes away from a socket, each time beside the same without it.
#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "tests/injectors/devices/proxy/packets.hpp"

#include <array>
#include <cmath>
#include <thread>

namespace socket_filter_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::filter_packets;
using devices::proxy::packets_dropped;

namespace {

// Two ends of a connection over loopback.
struct Wire {
    Listener listener;
    Peer client = dial(listener.port());
    Peer server = listener.accept();
};

void filter(const Peer& peer, const devices::proxy::PacketLoss& loss) {
    const auto done = filter_packets(peer.fd(), loss);
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done.has_value());
}

// How many of `sent` datagrams to a socket with that filter never arrive.
std::uint32_t lost_datagrams(int sent, double share) {
    const Peer receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    auto address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(receiver.fd(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    ::getsockname(receiver.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    const Peer sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(sender.fd(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    filter(receiver, {.share = share});
    std::uint32_t lost = 0;
    for (int i = 0; i < sent; ++i) {
        char byte = 'x';
        // What is sent over loopback has arrived, or not, when send returns.
        if (::send(sender.fd(), &byte, 1, 0) < 0) ++lost;
        if (::recv(receiver.fd(), &byte, 1, MSG_DONTWAIT) != 1) ++lost;
    }
    CHECK(packets_dropped(receiver.fd()) == lost);
    return lost;
}

}  // namespace

TEST_CASE("socket packets: nothing is acknowledged behind a filter, and the sender gives up") {
    if (!may_filter()) return;
    for (const bool filtered : {false, true}) {
        const Wire wire;
        give_up_after(wire.client, 400);
        if (filtered) filter(wire.server, {.all = true});
        REQUIRE(wire.client.send("unheard") == 7);
        CHECK(end_of(wire.client, filtered ? patience : 1500ms) == (filtered ? ETIMEDOUT : 0));
        CHECK((packets_dropped(wire.server.fd()) > 0) == filtered);
        // The control has the bytes although nobody reads them: the kernel acknowledges alone.
        if (!filtered) CHECK(wire.server.receive(7) == "unheard");
    }
}

TEST_CASE("socket packets: what was sent under a filter arrives whole when it is off") {
    if (!may_filter()) return;
    const Wire wire;
    filter(wire.server, {.all = true});
    REQUIRE(wire.client.send("one ") == 4);
    REQUIRE(wire.client.send("two") == 3);
    CHECK(wire.server.receive(1, 300ms).empty());
    filter(wire.server, {});
    CHECK(wire.server.receive(7) == "one two");
    const auto before = packets_dropped(wire.server.fd());
    CHECK(before > 0);
    check_round_trip(wire.client, wire.server);
    CHECK(packets_dropped(wire.server.fd()) == before);
}

TEST_CASE("socket packets: what waits in the queue of a socket is delivered under a filter") {
    if (!may_filter()) return;
    const Wire wire;
    REQUIRE(wire.client.send("before") == 6);
    filter(wire.server, {.all = true});
    CHECK(wire.server.receive(6) == "before");
}

TEST_CASE(
    "socket packets: without its bare packets a sender's bytes arrive and its keepalives do not") {
    if (!may_filter()) return;
    for (const bool filtered : {false, true}) {
        const Wire wire;
        keep_alive(wire.client);
        if (filtered) filter(wire.server, {.bare = true});
        REQUIRE(wire.client.send("heard") == 5);
        CHECK(wire.server.receive(5) == "heard");
        // 1 s idle, then one probe each second: given up after 3 s at the earliest.
        CHECK(end_of(wire.client, filtered ? patience : 4500ms) == (filtered ? ETIMEDOUT : 0));
    }
}

TEST_CASE("socket packets: an end of stream passes where bare packets do not") {
    if (!may_filter()) return;
    Wire wire;
    filter(wire.server, {.bare = true});
    REQUIRE(wire.client.send("last") == 4);
    wire.client.close();
    CHECK(wire.server.receive(4) == "last");
    CHECK(wire.server.end() == End::fin);
}

TEST_CASE(
    "socket packets: a filtered listener is a black hole for SYNs, and lets them in afterwards") {
    if (!may_filter()) return;
    const Listener listener;
    const auto done = filter_packets(listener.fd(), {.all = true});
    REQUIRE(done.has_value());
    Dialling lost(listener.port());
    CHECK(lost.connected(400ms) == ETIMEDOUT);  // The test's limit: neither refused nor accepted.
    CHECK(packets_dropped(listener.fd()) > 0);
    REQUIRE(filter_packets(listener.fd(), {}).has_value());
    CHECK(lost.connected(patience) == 0);  // By its own SYN sent again, after 1 s or 3 s.
    const Peer server = listener.accept();
    check_round_trip(lost.peer(), server);
}

TEST_CASE("socket packets: what a listener accepts has its filter until that is taken off") {
    if (!may_filter()) return;
    const Listener listener;
    REQUIRE(filter_packets(listener.fd(), {.share = 1e-9}).has_value());
    const Peer client = dial(listener.port());
    const Peer server = listener.accept();
    const int unused = 0;
    CHECK(::setsockopt(server.fd(), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) == 0);
    CHECK(::setsockopt(server.fd(), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) != 0);
    CHECK(filter_packets(server.fd(), {}).has_value());  // Fine when there is none.
}

TEST_CASE("socket packets: a share is met, from one in ten thousand to half") {
    // Binomial: within 5 standard deviations, but for one run in a million.
    for (const auto& [share, sent] :
         {std::pair{1e-4, 300'000}, {0.01, 50'000}, {0.05, 20'000}, {0.5, 5'000}}) {
        CAPTURE(share);
        const double mean = share * sent;
        const double slack = 5 * std::sqrt(mean * (1 - share));
        CHECK(std::abs(lost_datagrams(sent, share) - mean) < slack);
    }
    CHECK(lost_datagrams(5'000, 0) == 0);
    CHECK(lost_datagrams(500, 1) == 500);
}

TEST_CASE("socket packets: a stream that loses 1 % or 5 % of its packets is whole") {
    if (!may_filter()) return;
    for (const auto& [share, megabytes] : {std::pair{0.01, 160}, {0.05, 60}, {0.0, 40}}) {
        CAPTURE(share);
        const Wire wire;
        if (share > 0) filter(wire.server, {.share = share});
        const auto sent =
            send_pattern(wire.client, wire.server, static_cast<std::size_t>(megabytes) * 1'000'000);
        CHECK(sent.whole);
        // On loopback a packet is one segment of 64 KiB.
        const double lost = packets_dropped(wire.server.fd());
        const double mean = share * sent.segments;
        // What was sent again needlessly the kernel counts, too, when it drops it as known already.
        CAPTURE(sent.again, sent.needless);
        CHECK(lost >= mean - 5 * std::sqrt(mean));
        CHECK(lost - sent.needless <= mean + 5 * std::sqrt(mean) + 12);
        // A lost probe of a closed window is no segment that was sent again.
        constexpr double probes_at_most = 5;
        CHECK(sent.again + probes_at_most >= lost);
        CHECK((sent.again > 0 || share == 0));
    }
}

}  // namespace socket_filter_test
