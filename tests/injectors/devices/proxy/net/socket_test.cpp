// When sockets call their owner, and when they must not.
#include "injectors/devices/proxy/net/socket.hpp"
#include "tests/injectors/devices/proxy/bench.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <functional>
#include <memory>
#include <thread>

namespace socket_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::Poller;
using devices::proxy::Socket;

namespace {

// One end of a pair of sockets; the test holds the other.
struct Line final : Socket::Owner {
    explicit Line(Poller& poller) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        peer = Peer(ends[0]);
        socket = std::make_unique<Socket>(poller, *this, ends[1]);
    }
    virtual ~Line() = default;
    void ready(Socket& /*socket*/) override {
        ++calls;
        if (act) act();
    }
    std::string read(std::size_t count) {
        std::string text(count, '\0');
        error = {};
        text.resize(socket->read(text, error));
        return text;
    }

    Peer peer;
    std::unique_ptr<Socket> socket;
    std::function<void()> act;
    boost::system::error_code error;
    int calls = 0;
};

// An event loop that stands still between two calls of turns().
struct Loop {
    void turns() {
        context.restart();
        for (int i = 0; i < 10; ++i) context.poll();
    }
    boost::asio::io_context context{1};
    Poller poller{context};
};

}  // namespace

TEST_CASE("a socket calls when bytes come, once for each edge, and not without news") {
    Loop loop;
    Line line(loop.poller);
    line.socket->watch();
    loop.turns();
    line.calls = 0;  // That it can be written to was news.
    REQUIRE(line.peer.send("one") == 3);
    loop.turns();
    CHECK(line.calls == 1);
    CHECK(line.read(8) == "one");
    CHECK(!line.socket->readable());  // Short, so it is empty.
    loop.turns();
    CHECK(line.calls == 1);
    REQUIRE(line.peer.send("two") == 3);
    loop.turns();
    CHECK(line.socket->readable());
    CHECK(line.read(8) == "two");
    CHECK(line.read(8).empty());
    CHECK(line.error == boost::asio::error::would_block);
}

TEST_CASE("an end that came together with bytes is seen behind them") {
    Loop loop;
    Line line(loop.poller);
    REQUIRE(line.peer.send("last") == 4);
    line.peer.finish();
    line.socket->watch();
    loop.turns();
    CHECK(line.calls == 1);
    CHECK(line.read(8) == "last");
    CHECK(line.socket->readable());
    CHECK(line.read(8).empty());
    CHECK(line.error == boost::asio::error::eof);
}

TEST_CASE("a socket that is full calls when there is room again") {
    Loop loop;
    Line line(loop.poller);
    line.socket->watch();
    loop.turns();
    const std::string much(8'000'000, 'x');
    boost::system::error_code error;
    const auto sent = line.socket->write(much, error);
    CHECK((sent > 0 && sent < much.size()));
    CHECK(!line.socket->writable());
    const int calls = line.calls;
    loop.turns();
    CHECK(line.calls == calls);
    CHECK(line.peer.receive(sent).size() == sent);
    loop.turns();
    CHECK(line.calls > calls);
    CHECK(line.socket->writable());
}

TEST_CASE("a socket that is closed or destroyed while others are called is not called any more") {
    for (const bool destroy : {false, true}) {
        Loop loop;
        Line one(loop.poller), two(loop.poller);
        const auto end = [destroy](Line& line) {
            if (destroy) {
                line.socket.reset();
            } else {
                line.socket->close();
            }
        };
        one.act = [&] { end(two); };
        two.act = [&] { end(one); };
        for (Line* line : {&one, &two}) {
            REQUIRE(line->peer.send("x") == 1);
            line->socket->watch();
        }
        loop.turns();  // Both are in the batch, and the first ends the second.
        CHECK(one.calls + two.calls == 1);
    }
}

TEST_CASE("a socket that asked to be called again is, once, and not when it has been closed") {
    Loop loop;
    Line stays(loop.poller), goes(loop.poller);
    stays.socket->call_again();
    stays.socket->call_again();
    goes.socket->call_again();
    goes.socket->close();
    loop.turns();
    CHECK(stays.calls == 1);
    CHECK(goes.calls == 0);
    stays.act = [&] {
        if (stays.calls < 5) stays.socket->call_again();
    };
    stays.socket->call_again();
    loop.turns();
    CHECK(stays.calls == 5);
}

TEST_CASE("a refused connection fails, and one that nobody has refused yet does not") {
    Loop loop;
    for (const bool refused : {false, true}) {
        Line line(loop.poller);
        Listener server;
        const auto address = loopback(server.port());
        if (refused) server.close();
        Socket socket(loop.poller, line);
        CHECK(!socket.connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
        const Stopwatch watch;
        while (!socket.writable() && watch.ms() < 5000) loop.turns();
        CHECK(socket.writable());
        CHECK(socket.failed() == refused);
    }
}

TEST_CASE("a socket tells for how long bytes have been there, when it was asked to") {
    Loop loop;
    Line line(loop.poller);
    Listener server;
    const auto address = loopback(server.port());
    Socket socket(loop.poller, line);
    CHECK(!socket.connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
    const Peer peer = server.accept();
    const auto age_after = [&](Duration pause) {
        REQUIRE(peer.send("x") == 1);
        std::this_thread::sleep_for(pause);
        std::array<char, 8> space{};
        boost::system::error_code error;
        CHECK(socket.read(space, error) == 1);
        return socket.age();
    };
    CHECK(age_after(2ms) == Duration{});
    socket.time_arrivals(true);
    const Stopwatch watch;  // The kernel begins to stamp packets a little later.
    Duration age{};
    while (age == Duration{} && watch.ms() < 5000) age = age_after(2ms);
    CHECK(age >= 2ms);
    CHECK(age_after(60ms) == 20ms);  // No more than this: the clock may have been set.
    socket.time_arrivals(false);
    CHECK(age_after(2ms) == Duration{});
}

}  // namespace socket_test
