// One address, several listeners: shared out, and never shared with a stranger.
#include "injectors/devices/proxy/net/listeners.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <boost/asio/error.hpp>

#include <vector>

namespace listeners_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::devices::proxy;

namespace {

using Address = boost::asio::ip::tcp::endpoint;

Address address(const char* host, std::uint16_t port) {
    return {boost::asio::ip::make_address(host), port};
}

struct Opened {
    Opened(const Address& at, std::size_t count) : sockets(open_listeners(at, count, error)) {}
    ~Opened() {
        for (const int each : sockets) ::close(each);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    [[nodiscard]] std::uint16_t port(std::size_t index = 0) const {
        Address at;
        auto size = static_cast<socklen_t>(at.capacity());
        REQUIRE(::getsockname(sockets.at(index), at.data(), &size) == 0);
        return at.port();
    }
    // How many connections wait at each; takes them.
    [[nodiscard]] std::vector<int> taken() const {
        std::vector<int> counts;
        for (const int each : sockets) {
            counts.push_back(0);
            while (Peer(::accept(each, nullptr, nullptr)).open()) ++counts.back();
        }
        return counts;
    }

    boost::system::error_code error;
    Listeners sockets;
};

// 64 connections: that all of them fall to one of two listeners has a chance of 2^-63.
std::vector<int> share_out(const Opened& opened) {
    std::vector<Peer> clients;
    for (int i = 0; i < 64; ++i) {
        clients.push_back(dial(opened.port()));
        CHECK(clients.back().open());
    }
    return opened.taken();
}

void check_shared(const Opened& opened) {
    const auto taken = share_out(opened);
    REQUIRE(taken.size() == 2);
    CHECK(taken[0] > 0);
    CHECK(taken[1] > 0);
    CHECK(taken[0] + taken[1] == 64);
}

}  // namespace

TEST_CASE("listeners of one address share its connections out") {
    const Opened chosen_by_kernel(address("127.0.0.1", 0), 2);
    REQUIRE(!chosen_by_kernel.error);
    CHECK(chosen_by_kernel.port(0) == chosen_by_kernel.port(1));
    check_shared(chosen_by_kernel);
    const Opened named(address("127.0.0.1", free_port()), 2);
    REQUIRE(!named.error);
    check_shared(named);
}

TEST_CASE("listeners on the unspecified IPv6 address hear IPv4 too") {
    const Opened opened(address("::", 0), 2);
    REQUIRE(!opened.error);
    check_shared(opened);
}

TEST_CASE("an address that has listeners is refused to others, one or several") {
    const Opened first(address("127.0.0.1", 0), 2);
    REQUIRE(!first.error);
    for (const std::size_t count : {1U, 2U}) {
        const Opened second(address("127.0.0.1", first.port()), count);
        CHECK(second.error == boost::asio::error::address_in_use);
        CHECK(second.sockets.empty());
    }
    const Opened alone(address("127.0.0.1", 0), 1);
    const Opened beside(address("127.0.0.1", alone.port()), 2);
    CHECK(beside.error == boost::asio::error::address_in_use);
}

TEST_CASE("listeners that stopped refuse, cannot be replaced, and share again afterwards") {
    for (const bool chosen : {true, false}) {
        const Opened opened(address("127.0.0.1", chosen ? std::uint16_t{0} : free_port()), 2);
        stop_listening(opened.sockets);
        CHECK(!dial(opened.port()).open());
        CHECK(errno == ECONNREFUSED);
        const Opened thief(address("127.0.0.1", opened.port()), 2);
        CHECK(thief.error == boost::asio::error::address_in_use);
        CHECK(!listen_again(opened.sockets));
        check_shared(opened);
    }
}

TEST_CASE("an address that cannot be bound says why") {
    const Opened nowhere(address("192.0.2.1", 0), 2);
    CHECK(nowhere.error == boost::system::errc::address_not_available);
    CHECK(nowhere.sockets.empty());
}

}  // namespace listeners_test
