// Certificates that the proxy shows, right ones and wrong ones; and whom it takes for its upstream.
#include "tests/injectors/devices/proxy/bench.hpp"
#include "tests/injectors/devices/proxy/packets.hpp"
#include "tests/injectors/devices/proxy/tls/hello.hpp"
#include "tests/injectors/devices/proxy/tls/tls_bench.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/lane.hpp"
#include "tests/support/skip.hpp"

#include <sys/resource.h>

#include <string>
#include <vector>

namespace gameday::testing::tls_faults_test {

namespace {

using tls::Fault;

const std::string http_1 = "\x08http/1.1", h2 = "\x02h2";

bool reaches(const TlsBench& bench) {
    auto client = bench.dial_tls();
    return client.shake_hands() && bench.server.accept().open();
}

}  // namespace

TEST_CASE("tls: with a CA each name that is asked for has its certificate") {
    const TlsBench bench(with_ca());
    for (const std::string name : {"a.example", "b.example", "a.example"}) {
        auto client = bench.dial_tls({"ca.pem", name});
        CHECK(client.shake_hands());
        auto another = bench.dial_tls({"ca.pem", name});
        CHECK(another.shake_hands());
        CHECK(bench.server.accept().open());
        CHECK(bench.server.accept().open());
    }
    auto nameless = bench.dial_tls({"ca.pem", "", "127.0.0.1"});
    CHECK(nameless.shake_hands());
    auto stranger = bench.dial_tls({"other.pem", "a.example"});
    CHECK_FALSE(stranger.shake_hands());
}

TEST_CASE("tls: a certificate is wrong in what the fault says and in nothing else") {
    TlsBench bench(with_ca());
    const std::vector<std::pair<Fault, long>> rows{
        {Fault::expired, X509_V_ERR_CERT_HAS_EXPIRED},
        {Fault::not_yet_valid, X509_V_ERR_CERT_NOT_YET_VALID},
        {Fault::wrong_name, X509_V_ERR_HOSTNAME_MISMATCH},
        {Fault::unknown_ca, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}};
    for (const auto& [fault, wrong] : rows) {
        CHECK(reaches(bench));
        bench.fault(fault);
        auto client = bench.dial_tls();
        CHECK_FALSE(client.shake_hands());
        CHECK(client.verified() == wrong);
        CHECK_FALSE(bench.server.accept(0ms).open());
        // Who does not look at it gets on, and so do the bytes.
        auto blind = bench.dial_tls({"", "a.example"});
        CHECK(blind.shake_hands());
        CHECK(bench.server.accept().open());
        bench.fault({});
    }
    CHECK(reaches(bench));
}

TEST_CASE("tls: a fault leaves alone the connections that stand") {
    TlsBench bench(with_ca());
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    const Peer server = bench.server.accept();
    for (const auto fault : {Fault::expired, Fault::stall, Fault::reset}) {
        bench.fault(fault);
        REQUIRE(client.send("on") == 2);
        CHECK(server.receive(2) == "on");
    }
}

TEST_CASE("tls: a hello that is stalled has no answer, one that is reset has RST") {
    TlsBench bench(with_certificate());
    bench.fault(Fault::stall);
    auto stalled = bench.dial_tls();
    CHECK(stalled.step() == 0);
    CHECK(hears_nothing(stalled.peer()));
    bench.fault(Fault::reset);
    const Peer reset = dial(bench.port);
    (void)reset.send(hello_for("a.example"));
    CHECK(reset.end() == End::reset);
    CHECK(hears_nothing(stalled.peer()));
    CHECK_FALSE(bench.server.accept(0ms).open());
    const auto seen = bench.plane->seen("tls");
    REQUIRE(seen.size() == 2);
    CHECK(seen[1].faults == std::vector<std::string>{"tls"});
    stalled.peer().finish();
    CHECK(stalled.peer().end() == End::fin);
    bench.fault({});
    CHECK(reaches(bench));
}

TEST_CASE(
    "tls: a handshake in a black hole is not ended by the proxy, and goes on when it is healed") {
    if (!may_filter()) return;
    const TlsBench bench(with_certificate());
    auto client = bench.dial_tls();
    CHECK(test::comes_true([&] { return bench.plane->connections("tls") == 1; }));
    proxy_server::Toxic hole;
    hole.name = hole.type = "blackhole";
    hole.stream = proxy_server::Stream::upstream;
    bench.put({hole});
    CHECK(client.step() == 0);
    CHECK(end_of(client.peer(), 11s) == 0);  // Longer than a handshake may take.
    bench.put();
    CHECK(client.shake_hands());
}

TEST_CASE("tls: a handshake that nobody begins is ended although a share of the packets is lost") {
    if (!may_filter()) return;
    const TlsBench bench(with_certificate());
    proxy_server::Toxic loss;
    loss.name = loss.type = "packet_loss";
    loss.stream = proxy_server::Stream::upstream;
    loss.attributes = {{"loss", 1}};
    bench.put({loss});
    const auto client = bench.dial_tls();
    CHECK(end_of(client.peer(), patience + 5s) == ECONNRESET);
}

TEST_CASE("tls: TLS that is passed through stalls and is reset, too") {
    tls::Settings settings;
    settings.fault = Fault::stall;
    TlsBench bench(settings);
    auto stalled = bench.dial_tls();
    CHECK(stalled.step() == 0);
    CHECK(hears_nothing(stalled.peer()));
    bench.extras.tls.reset();
    bench.put();
    auto client = bench.dial_tls();
    CHECK(client.step() == 0);
    auto server = bench.accept_tls();
    // The hello may come in pieces.
    CHECK(test::comes_true([&] { return server.step() != 0 || client.step() == 1; }));
    CHECK(client.shake_hands());
}

TEST_CASE("tls: on a link of a scenario hellos are stalled or reset, and nothing else is") {
    const Bench bench;
    const auto standing = bench.pair();
    Rule rule;
    rule.tls = Fault::stall;
    bench.set(one, rule);
    const Peer stalled = bench.connect();
    REQUIRE(stalled.send(hello_for("a.example")) > 0);
    CHECK(hears_nothing(stalled));
    check_carries(standing.client, standing.server, "on");
    const Peer plain = bench.connect();
    REQUIRE(plain.send("GET /") == 5);
    CHECK(bench.server.accept().receive(5) == "GET /");
    CHECK(bench.device->affected(one) == 1);
    rule.tls = Fault::reset;
    bench.set(one, rule);
    const Peer reset = bench.connect();
    (void)reset.send(hello_for("a.example"));
    CHECK(reset.end() == End::reset);
    CHECK(bench.device->affected(one) == 2);
    bench.clear(one);
    const Peer served = bench.connect();
    CHECK(served.send(hello_for("a.example")) > 0);
    CHECK(bench.server.accept().open());
}

TEST_CASE("tls: a share of the connections meets a fault, the same for the same seed") {
    std::vector<std::string> runs;
    for (int run = 0; run < 2; ++run) {
        auto settings = with_ca();
        settings.fault = Fault::expired;
        settings.share = 0.5;
        const TlsBench bench(settings, 7);
        std::string met;
        for (int i = 0; i < 24; ++i) {
            auto client = bench.dial_tls();
            met += client.shake_hands() ? '.' : 'x';
        }
        runs.push_back(met);
    }
    CHECK(runs[0] == runs[1]);
    CHECK(runs[0].find('x') != std::string::npos);
    CHECK(runs[0].find('.') != std::string::npos);
}

TEST_CASE("tls: an upstream whose certificate is another's is refused, and the record says why") {
    const TlsBench bench(encrypting(with_ca()));
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    auto server = bench.accept_tls("other.pem", "other.key");
    CHECK_FALSE(server.shake_hands());
    CHECK(client.end() == TlsEnd::reset);
    const auto seen = bench.plane->seen("tls");
    REQUIRE(seen.size() == 1);
    CHECK(name_of(seen[0].record.ended) == "tls_failed");
    REQUIRE(seen[0].record.why != nullptr);
    CHECK(*seen[0].record.why ==
          "TLS with the upstream: its certificate is not accepted: self-signed certificate");

    const TlsBench careless(encrypting(with_ca(), false));
    auto fine = careless.dial_tls();
    REQUIRE(fine.shake_hands());
    auto any = careless.accept_tls("other.pem", "other.key");
    CHECK(any.shake_hands());
    REQUIRE(fine.send("on") == 2);
    CHECK(any.receive(2) == "on");
}

TEST_CASE("tls: an upstream that speaks no TLS is refused") {
    const TlsBench bench(encrypting(with_ca()));
    auto client = bench.dial_tls();
    REQUIRE(client.shake_hands());
    const Peer server = bench.server.accept();
    REQUIRE(server.send("220 mail ready\r\n") == 16);
    CHECK(client.end() == TlsEnd::reset);
}

TEST_CASE("tls: HTTP/1.1 is spoken where it is offered, else what comes first, to both sides") {
    const TlsBench bench(encrypting(with_ca()));
    const std::vector<std::pair<std::string, std::string>> rows{
        {h2 + http_1, "http/1.1"}, {h2, "h2"}, {"", ""}};
    for (const auto& [offered, spoken] : rows) {
        auto client = bench.dial_tls({"ca.pem", "a.example", "", offered});
        REQUIRE(client.shake_hands());
        CHECK(client.protocol() == spoken);
        auto server = bench.accept_tls();
        REQUIRE(server.shake_hands());
        CHECK(server.protocol() == spoken);
    }
}

TEST_CASE("tls: control calls do not wait for handshakes") {
    TlsBench bench(with_ca());
    std::vector<Peer> silent;
    for (int i = 0; i < 50; ++i) {
        silent.push_back(dial(bench.port));
        REQUIRE(silent.back().send("\x16\x03\x01") == 3);
    }
    const Stopwatch watch;
    for (const auto fault : {Fault::expired, Fault::stall}) bench.fault(fault);
    bench.fault({});
    CHECK(watch.ms() < 8'000);  // The patience with a hello is 10 s.
    CHECK(reaches(bench));
}

TEST_CASE("tls: many handshakes at the same time all come to their end") {
    // All begin before the first is answered; a proxy waits 10 s for a hello.
    const auto count = test::by_lane<std::size_t>(300, 2000);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 4 * count) {
        test::skip_or_fail("only " + std::to_string(limit.rlim_cur) + " descriptors");
        return;
    }
    const TlsBench bench(with_ca());
    std::vector<TlsPeer> clients;
    for (std::size_t i = 0; i < count; ++i) {
        clients.push_back(bench.dial_tls({"", "a.example"}));
        REQUIRE(clients.back().step() >= 0);
    }
    const Stopwatch watch;
    std::size_t done = 0;
    std::vector<bool> over(count);
    while (done < count && watch.ms() < 120'000) {
        for (std::size_t i = 0; i < count; ++i) {
            if (over[i]) continue;
            const int reached = clients[i].step();
            REQUIRE(reached >= 0);
            if (reached == 1) over[i] = true;
            if (reached == 1) ++done;
        }
        ::usleep(1000);
    }
    CHECK(done == count);
    CHECK(reaches(bench));
}

}  // namespace gameday::testing::tls_faults_test
