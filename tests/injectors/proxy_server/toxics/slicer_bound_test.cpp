// What the pieces of a slicer cost while nobody takes them.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace slicer_bound_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

TEST_CASE("toxics: a slicer's pieces of one byte heap up no memory before a stalled reader") {
    constexpr std::size_t pairs = 20;
    const auto plane = make_plane(1);
    const Listener server;
    const Toxic slicer{"s",
                       "slicer",
                       Stream::downstream,
                       1,
                       {{"average_size", 1}, {"size_variation", 0}, {"delay", 1000}}};
    const auto opened =
        plane->open("p", "127.0.0.1:0", fmt::format("127.0.0.1:{}", server.port()), {slicer}, {});
    REQUIRE(opened.has_value());
    const auto port = static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)));
    std::vector<Peer> clients, servers;
    const std::string flood(256 * 1024, 'f');
    for (std::size_t i = 0; i < pairs; ++i) {
        Peer client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int window = 4096;
        ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
        const auto to = loopback(port);
        REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
        clients.push_back(std::move(client));
        servers.push_back(server.accept());
        REQUIRE(servers.back().open());
    }
    std::uint64_t most = 0;
    for (int round = 0; round < 20; ++round) {
        for (const Peer& each : servers) (void)each.send(flood, 1ms);  // as much as is taken
        const auto traffic = plane->traffic("p");
        most = std::max(most, traffic.received_downstream - traffic.sent_downstream);
    }
    // A direction may hold 256 KiB; a piece of one byte counts 129, so these are 2033 bytes of
    // each, and the 256 of one read.
    CHECK(most <= pairs * (2033 + 256));
    CHECK(most > 0);
    // Nothing is lost by waiting.
    plane->put("p", {}, {});
    const auto early = clients[0].receive(100'000);
    CHECK(early == std::string(100'000, 'f'));
}

}  // namespace slicer_bound_test
