#include "tests/injectors/devices/proxy/bench.hpp"

#include <string>
#include <thread>
#include <utility>

namespace gameday::testing::relay_http_test {

namespace {

namespace http = devices::proxy::http;

Rule rule_of(http::Fault fault) {
    Rule rule;
    rule.http = std::move(fault);
    return rule;
}
http::Fault on(std::string path) {
    http::Fault fault;
    fault.path = std::move(path);
    return fault;
}
http::Fault abort_on(std::string path) {
    auto fault = on(std::move(path));
    fault.answer = http::Answer{503, "no"};
    return fault;
}

const std::string get_a = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_b = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer";
const std::string no =
    "HTTP/1.1 503 Service Unavailable\r\nX-Gameday-Fault: unnamed\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nno";

}  // namespace

TEST_CASE("A request that a fault names is answered, the next one on that connection is relayed") {
    const Bench bench;
    bench.set(one, rule_of(abort_on("/a")));
    const auto [client, server] = bench.pair();
    for (int round = 1; round <= 3; ++round) {
        REQUIRE(client.send(get_a) == get_a.size());
        CHECK(client.receive(no.size()) == no);
        check_carries(client, server, get_b);
        check_carries(server, client, ok);
        CHECK(bench.device->affected(one) == round);
    }
    bench.clear(one);
    check_carries(client, server, get_a);
    check_carries(server, client, ok);
    CHECK(bench.device->affected(one) == 3);
}

TEST_CASE("A connection that stands meets an HTTP fault from its next request on") {
    const Bench bench;
    const auto [client, server] = bench.pair();
    check_carries(client, server, get_a);
    bench.set(one, rule_of(abort_on("/a")));
    check_carries(server, client, ok);
    REQUIRE(client.send(get_a) == get_a.size());
    CHECK(client.receive(no.size()) == no);
    client.finish();
    CHECK(server.end(patience) == End::fin);
    server.finish();
    CHECK(client.end(patience) == End::fin);
}

TEST_CASE("A response is late by the delay, and one of another request is not") {
    const Bench bench;
    auto late = on("/a");
    late.delay = 300ms;
    bench.set(one, rule_of(late));
    const auto [client, server] = bench.pair();
    check_carries(client, server, get_b);
    check_carries(server, client, ok);
    check_carries(client, server, get_a);
    const Stopwatch stopwatch;
    check_carries(server, client, ok);
    CHECK(stopwatch.ms() >= 299);
    CHECK(bench.device->affected(one) == 1);
}

TEST_CASE("A body is cut where the fault says, by FIN or by RST, and what was before it arrives") {
    for (const bool reset : {false, true}) {
        INFO(reset);
        const Bench bench;
        auto cut = on("/a");
        cut.truncate_after = 4;
        cut.truncate_with_reset = reset;
        bench.set(one, rule_of(cut));
        const auto [client, server] = bench.pair();
        check_carries(client, server, get_a);
        REQUIRE(server.send(ok) == ok.size());
        const auto heard = ok.substr(0, ok.size() - 2);
        CHECK(client.receive(heard.size()) == heard);
        CHECK(client.end(patience) == (reset ? End::reset : End::fin));
        CHECK(server.end(patience) == (reset ? End::reset : End::fin));
    }
}

TEST_CASE("A body of any size is paced without a byte being lost") {
    const Bench bench;
    auto slow = on("/a");
    slow.rate = 4'000'000;
    bench.set(one, rule_of(slow));
    const auto [client, server] = bench.pair();
    check_carries(client, server, get_a);
    const auto body = pattern(1'000'000);
    const auto response = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + body;
    const Stopwatch stopwatch;
    REQUIRE(server.send(response) == response.size());
    CHECK(client.receive(response.size()) == response);
    // A quarter of a second by the rate; the last slice of 5 ms may be counted either way.
    CHECK(stopwatch.ms() >= 240);
    check_carries(client, server, get_b);
    check_carries(server, client, ok);
}

TEST_CASE("Large bodies pass untouched in both directions, chunked and not") {
    const Bench bench;
    bench.set(one, rule_of(abort_on("/elsewhere")));
    const auto [client, server] = bench.pair();
    const auto body = pattern(300'000);
    check_carries(client, server, "PUT /a HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + body);
    check_carries(
        server, client,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493E0\r\n" + body + "\r\n0\r\n\r\n");
    check_carries(client, server, get_b);
    CHECK(bench.device->affected(one) == 0);
}

TEST_CASE("What is no HTTP is carried as ever by a link with HTTP faults") {
    const Bench bench;
    bench.set(one, rule_of(abort_on("*")));
    const auto [client, server] = bench.pair();
    check_carries(client, server, "*1\r\n$4\r\nPING\r\n");
    check_carries(server, client, "+PONG\r\n");
    client.finish();
    CHECK(server.end(patience) == End::fin);
    check_carries(server, client, "+BYE\r\n");
    CHECK(bench.device->affected(one) == 0);
}

TEST_CASE("Rules and HTTP faults add up") {
    const Bench bench;
    auto late = on("/a");
    late.delay = 150ms;
    bench.set(one, rule_of(late));
    Rule delay;
    delay.delay = 150ms;
    delay.direction = Direction::from;
    bench.set(two, delay);
    const auto [client, server] = bench.pair();
    check_carries(client, server, get_a);
    const Stopwatch stopwatch;
    check_carries(server, client, ok);
    CHECK(stopwatch.ms() >= 299);
}

TEST_CASE("A client that pipelines without reading is made to wait, and loses no answer") {
    const Bench bench;
    bench.set(one, rule_of(abort_on("/a")));
    const auto [client, server] = bench.pair();
    constexpr std::size_t count = 40'000;  // 5.8 MB of answers, more than sockets hold
    std::string requests;
    for (std::size_t i = 0; i < count; ++i) requests += get_a;
    std::thread sender([&client = client, &requests] { (void)client.send(requests); });
    std::string all = client.receive(count * no.size());
    sender.join();
    REQUIRE(all.size() == count * no.size());
    CHECK(all.substr(all.size() - no.size()) == no);
    CHECK(bench.device->affected(one) == static_cast<std::int64_t>(count));
    check_carries(client, server, get_b);
}

}  // namespace gameday::testing::relay_http_test
