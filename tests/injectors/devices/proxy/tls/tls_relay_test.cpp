// Bytes and ends through TLS that ends at the proxy, and begins again.
#include "tests/injectors/devices/proxy/bench.hpp"
#include "tests/injectors/devices/proxy/tls/hello.hpp"
#include "tests/injectors/devices/proxy/tls/tls_bench.hpp"

#include <string>
#include <thread>

namespace gameday::testing::tls_relay_test {

namespace {

using proxy_server::Stream;

// Both sides send all of it at the same time.
template <class Client, class Server>
void check_both_ways(Client& client, Server& server, const std::string& bytes) {
    std::size_t sent_back = 0;
    std::string at_server;
    std::thread answering([&] {
        at_server = server.receive(bytes.size());
        sent_back = server.send(bytes);
    });
    const std::size_t sent = client.send(bytes);
    const std::string back = client.receive(bytes.size());
    answering.join();
    CHECK(sent == bytes.size());
    CHECK(sent_back == bytes.size());
    CHECK((at_server == bytes));
    CHECK((back == bytes));
}

proxy_server::Toxic toxic(std::string type, std::map<std::string, std::int64_t> with) {
    proxy_server::Toxic made;
    made.name = made.type = std::move(type);
    made.stream = Stream::downstream;
    made.attributes = {with.begin(), with.end()};
    return made;
}

}  // namespace

TEST_CASE("tls: a client of TLS 1.2 or 1.3 reaches a plain upstream, and no byte is lost") {
    const TlsBench bench(with_certificate());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = bench.dial_tls({"ca.pem", "a.example", "", "", version});
        REQUIRE(client.shake_hands());
        const Peer server = bench.server.accept();
        REQUIRE(server.open());
        check_both_ways(client, server, pattern(3'000'000));
        client.close_notify();
        CHECK(server.end() == End::fin);
    }
}

TEST_CASE("tls: 10 MB come whole through an upstream that is spoken to in TLS again") {
    const TlsBench bench(encrypting(with_ca()));
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    auto server = bench.accept_tls();
    REQUIRE(server.shake_hands());
    CHECK(server.asked_name() == "a.example");
    check_both_ways(client, server, pattern(10'000'000));
}

TEST_CASE("tls: a plain client reaches an upstream of TLS") {
    const TlsBench bench(encrypting({}));
    const Peer client = dial(bench.port);
    auto server = bench.accept_tls();
    REQUIRE(server.shake_hands());
    check_both_ways(client, server, pattern(1'000'000));
    client.finish();
    CHECK(server.end() == TlsEnd::close_notify);
    server.close_notify();
    CHECK(client.end() == End::fin);
}

TEST_CASE("tls: close_notify is FIN, and the other direction goes on") {
    const TlsBench bench(with_certificate());
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    const Peer server = bench.server.accept();
    REQUIRE(client.send("question") == 8);
    client.close_notify();
    CHECK(server.receive(8) == "question");
    CHECK(server.end() == End::fin);
    REQUIRE(server.send("answer") == 6);
    CHECK(client.receive(6) == "answer");
    server.finish();
    CHECK(client.end() == TlsEnd::close_notify);
}

TEST_CASE("tls: a stream that ends without close_notify ends without it on the other side, too") {
    const TlsBench bench(encrypting(with_certificate()));
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    auto server = bench.accept_tls();
    REQUIRE(server.shake_hands());
    REQUIRE(client.send("half") == 4);
    client.peer().finish();
    CHECK(server.receive(4) == "half");
    CHECK(server.end() == TlsEnd::truncated);

    auto another = bench.dial_tls();
    REQUIRE(another.shake_hands());
    auto truncating = bench.accept_tls();
    REQUIRE(truncating.shake_hands());
    REQUIRE(truncating.send("half") == 4);
    truncating.peer().finish();
    CHECK(another.receive(4) == "half");
    CHECK(another.end() == TlsEnd::truncated);
}

TEST_CASE("tls: RST stays RST, from either side") {
    const TlsBench bench(encrypting(with_certificate()));
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    auto server = bench.accept_tls();
    REQUIRE(server.shake_hands());
    client.reset();
    CHECK(server.end() == TlsEnd::reset);

    auto another = bench.dial_tls();
    REQUIRE(another.shake_hands());
    auto resetting = bench.accept_tls();
    REQUIRE(resetting.shake_hands());
    resetting.reset();
    CHECK(another.end() == TlsEnd::reset);
}

TEST_CASE("tls: a client that reads late gets all that came before the end") {
    const TlsBench bench(with_certificate());
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    const Peer server = bench.server.accept();
    const auto bytes = pattern(4'000'000);
    std::size_t sent = 0;
    std::thread sending([&] {
        sent = server.send(bytes);
        server.finish();
    });
    ::usleep(200'000);
    const auto got = client.receive(bytes.size());
    sending.join();
    CHECK(sent == bytes.size());
    CHECK((got == bytes));
    CHECK(client.end() == TlsEnd::close_notify);
}

TEST_CASE("tls: toxics see the plain bytes") {
    const TlsBench bench(with_certificate());
    bench.put({toxic("limit_data", {{"bytes", 1000}})});
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    const Peer server = bench.server.accept();
    const auto bytes = pattern(5000);
    REQUIRE(server.send(bytes) == bytes.size());
    CHECK(client.receive(1000) == bytes.substr(0, 1000));
    CHECK(client.end() == TlsEnd::close_notify);
}

TEST_CASE("tls: HTTP faults see the requests") {
    TlsBench bench(encrypting(with_ca()));
    bench.extras.http.resize(1);
    bench.extras.http[0].path = "/a";
    bench.extras.http[0].answer = devices::proxy::http::Answer{503, "no"};
    bench.put();
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    auto server = bench.accept_tls();
    REQUIRE(server.shake_hands());
    const std::string met = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    REQUIRE(client.send(met) == met.size());
    CHECK(client.receive(12) == "HTTP/1.1 503");
    const std::string other = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
    REQUIRE(client.send(other) == other.size());
    CHECK(server.receive(other.size()) == other);
}

TEST_CASE("tls: who says something else than a hello is closed, and the upstream hears nothing") {
    const TlsBench bench(with_certificate());
    const Peer garbage = dial(bench.port);
    (void)garbage.send("GET / HTTP/1.1\r\n\r\n");
    CHECK(garbage.end() == End::fin);
    const Peer more = dial(bench.port);
    (void)more.send(std::string(1'000'000, 'x'));
    CHECK(more.receive(1).empty());
    const Peer broken = dial(bench.port);
    (void)broken.send(hello_for("a.example"));
    CHECK(broken.receive(1) == "\x15");  // The hello offers nothing that the proxy knows.
    CHECK_FALSE(bench.server.accept(0ms).open());
}

TEST_CASE("tls: a hello that comes byte by byte is a hello") {
    const TlsBench bench(with_certificate());
    Listener between;
    Peer near = dial(between.port());
    const Peer far = between.accept();
    auto client = TlsPeer::client(std::move(near), {});
    CHECK(client.step() == 0);
    const Peer slow = dial(bench.port);
    const auto carry = [](const Peer& from, const Peer& to) {
        for (auto byte = from.receive(1, 100ms); !byte.empty(); byte = from.receive(1, 100ms)) {
            REQUIRE(to.send(byte) == 1);
        }
    };
    int reached = 0;
    for (int turn = 0; turn < 10 && reached == 0; ++turn) {
        carry(far, slow);
        carry(slow, far);
        reached = client.step();
    }
    CHECK(reached == 1);
    carry(far, slow);
    CHECK(bench.server.accept().open());
}

TEST_CASE("tls: who wants to negotiate again is not let, and nobody else suffers") {
    const TlsBench bench(with_certificate());
    auto client = bench.dial_tls({"ca.pem", "a.example", "", "", TLS1_2_VERSION});
    REQUIRE(client.shake_hands());
    CHECK_FALSE(client.renegotiate());
    auto next = bench.dial_tls();
    CHECK(next.shake_hands());
}

}  // namespace gameday::testing::tls_relay_test
