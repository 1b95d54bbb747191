#include "injectors/devices/nfqueue/packet.hpp"

#include "tests/support/catch.hpp"

#include <set>
#include <vector>

namespace packet_test {

using namespace gameday;
using namespace gameday::kernel;
using namespace gameday::devices::nfqueue;

namespace {

using Head = std::vector<std::uint8_t>;

// 10.0.0.1 port 4660 to 10.0.0.2 port 80, 60 bytes.
Head v4(std::uint8_t protocol, std::uint16_t fragment = 0) {
    Head head{0x45, 0, 0, 60, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    head[6] = static_cast<std::uint8_t>(fragment >> 8U);
    head[7] = static_cast<std::uint8_t>(fragment & 0xffU);
    head.insert(head.end(), {0x12, 0x34, 0, 80});
    return head;
}

Head v6(std::uint8_t next, const Head& then) {
    Head head{0x60, 0, 0, 0, 0, 40, next, 64};
    head.resize(40);
    head[8] = 0xfd;
    head[23] = 1;
    head[24] = 0xfd;
    head[39] = 2;
    head.insert(head.end(), then.begin(), then.end());
    return head;
}

const Head ports{0x12, 0x34, 0, 80};

}  // namespace

TEST_CASE("nfqueue: the connection of an IPv4 packet is read, options or not") {
    auto packet = parse_packet(v4(17), Side::egress);
    REQUIRE(packet);
    Connection wanted{Side::egress, false, 17, {10, 0, 0, 1}, {10, 0, 0, 2}, 0x1234, 80};
    CHECK(*packet == Packet{wanted, 60, 20});
    Head options = v4(6);
    options[0] = 0x46;
    options.insert(options.begin() + 20, {1, 1, 1, 1});
    packet = parse_packet(options, Side::ingress);
    REQUIRE(packet);
    CHECK(packet->connection.source_port == 0x1234);
    CHECK(packet->connection.side == Side::ingress);
    CHECK(packet->payload == 24);
}

TEST_CASE("nfqueue: what has no ports is known by its addresses") {
    CHECK(parse_packet(v4(1), Side::egress)->connection.source_port == 0);            // ICMP
    CHECK(parse_packet(v4(17, 0x2000), Side::egress)->connection.target_port == 80);  // first
    CHECK(parse_packet(v4(17, 0x2005), Side::egress)->connection.target_port == 0);   // later
}

TEST_CASE("nfqueue: the connection of an IPv6 packet is found behind its extension headers") {
    Head then{17, 0, 0, 0, 0, 0, 0, 0};  // hop by hop, 8 bytes
    then.insert(then.end(), ports.begin(), ports.end());
    for (const auto& head : {v6(17, ports), v6(0, then)}) {
        const auto packet = parse_packet(head, Side::egress);
        REQUIRE(packet);
        CHECK(packet->connection.v6);
        CHECK(packet->connection.protocol == 17);
        CHECK(packet->connection.source_port == 0x1234);
        CHECK(packet->connection.target[15] == 2);
        CHECK(packet->length == 80);
    }
    Head later{17, 0, 0, 8, 0, 0, 0, 1};
    later.insert(later.end(), ports.begin(), ports.end());
    CHECK(parse_packet(v6(44, later), Side::egress)->connection.target_port == 0);
}

TEST_CASE("nfqueue: what is cut short is no packet, and nothing is read behind its end") {
    for (const Head& whole : {v4(17), v6(0, {17, 9, 0, 0})}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const Head head(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            const auto packet = parse_packet(head, Side::egress);
            CHECK(packet.has_value() == (length >= (whole[0] == 0x45 ? 20U : 40U)));
        }
    }
    CHECK_FALSE(parse_packet(Head(60, 0xff), Side::egress));
}

TEST_CASE("nfqueue: every connection has a stream of its own") {
    Connection one = parse_packet(v4(17), Side::egress)->connection;
    std::set<std::string> streams{stream_of(one)};
    const auto differs = [&](auto change) {
        Connection other = one;
        change(other);
        CHECK(streams.insert(stream_of(other)).second);
    };
    differs([](Connection& c) { c.side = Side::ingress; });
    differs([](Connection& c) { c.v6 = true; });
    differs([](Connection& c) { c.protocol = 6; });
    differs([](Connection& c) { c.source[3] = 9; });
    differs([](Connection& c) { c.target[3] = 9; });
    differs([](Connection& c) { c.source_port = 9; });
    differs([](Connection& c) { c.target_port = 9; });
}

}  // namespace packet_test
