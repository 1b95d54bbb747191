#include "harness/base/random.hpp"
#include "tests/injectors/devices/proxy/http/play.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace gameday::testing::exchanges_test {

namespace {

using namespace std::chrono_literals;
using http::Fault;
using http::Piece;
using http::Pieces;
using End = Piece::End;

constexpr FaultId one{1}, two{2};

const std::string get_a = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_b = "GET /b HTTP/1.1\r\nhOST:x\r\nX-Odd:  y \r\n\r\n";
const std::string ok_a = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst!";
const std::string ok_b =
    "HTTP/1.1 200 \r\ntransfer-ENCODING: chunked\r\nETag: q\r\n\r\n"
    "003;ext=\"1\"\r\nsec\r\n3\r\nond\r\n0\r\nTrailer: t\r\n\r\n";

Piece plain(std::string bytes) { return {std::move(bytes), {}, 0, End::none}; }
Piece late(Duration delay, std::string bytes) { return {std::move(bytes), delay, 0, End::none}; }
Piece ended(std::string bytes, End end) { return {std::move(bytes), {}, 0, end}; }

Fault named(std::string name, std::string path) {
    Fault fault;
    fault.name = std::move(name);
    fault.path = std::move(path);
    return fault;
}
Fault abort_on(std::string path, int status = 503, std::string body = "no") {
    Fault fault = named("abort", std::move(path));
    fault.answer = http::Answer{status, std::move(body)};
    return fault;
}
const std::string answered_503 =
    "HTTP/1.1 503 Service Unavailable\r\nX-Gameday-Fault: abort\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nno";

// The same however the bytes are split.
Pieces outcome(const std::vector<Fault>& faults, const std::vector<Said>& script,
               bool midway = false) {
    const auto at_once = play(arm(faults), script, whole, midway);
    if (!midway) {
        CHECK(play(arm(faults), script, byte_by_byte) == at_once);
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            CHECK(play(arm(faults), script, random_splits(seed)) == at_once);
        }
    }
    return at_once;
}

// Nothing is told from what was said.
void check_untouched(const std::vector<Fault>& faults, const std::vector<Said>& script,
                     bool foreign) {
    std::string to, from;
    for (const auto& said : script) (said.who == Said::Who::client ? to : from) += said.text;
    const auto out = outcome(faults, script);
    CHECK(bytes_of(out.to) == to);
    CHECK(bytes_of(out.from) == from);
    CHECK(out.to.size() <= 1);
    CHECK(out.from.size() <= 1);
    CHECK(out.by.empty());
    CHECK(out.foreign == foreign);
}

}  // namespace

TEST_CASE("What no fault meets comes through byte for byte, however it is split") {
    const auto elsewhere = abort_on("/elsewhere");
    struct Row {
        const char* what;
        std::vector<Said> script;
    };
    const std::vector<Row> rows{
        {"keep-alive", {client(get_a), upstream(ok_a), client(get_b), upstream(ok_b)}},
        {"pipelined", {client(get_a + get_b + get_a), upstream(ok_a + ok_b + ok_a)}},
        {"empty lines between messages", {client("\r\n" + get_a), upstream(ok_a), client("\r\n")}},
        {"a body",
         {client("POST /p HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /" + get_a),
          upstream(ok_a + ok_a)}},
        {"a body in chunks",
         {client(
              "PUT /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n" +
              get_a),
          upstream(ok_b + ok_a)}},
        {"no chunk but the last",
         {client(get_a), upstream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
          client(get_a), upstream(ok_a)}},
        {"HEAD",
         {client("HEAD /a HTTP/1.1\r\n\r\n" + get_a),
          upstream("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + ok_a)}},
        {"no content",
         {client(get_a + get_a),
          upstream("HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n" + ok_a)}},
        {"100 Continue",
         {client("POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
          upstream("HTTP/1.1 100 Continue\r\n\r\n"), client("hi"), upstream(ok_a)}},
        {"until the end",
         {client("GET /a HTTP/1.0\r\n\r\n"),
          upstream("HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 all of this is body"),
          {Said::Who::upstream_ends}}},
        {"half a head, then FIN", {client("GET /a HT"), {Said::Who::client_ends}}},
        {"an upgrade",
         {client("GET /w HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
          upstream("HTTP/1.1 101 Switching\r\n\r\n\x81\x01x"),
          client("GET /elsewhere HTTP/1.1\r\n\r\n"), upstream("\x81")}},
        {"CONNECT",
         {client("CONNECT h:1 HTTP/1.1\r\n\r\n"),
          upstream("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x16\x03"),
          client("GET /elsewhere HTTP/1.1\r\n\r\n")}},
    };
    for (const auto& [what, script] : rows) {
        INFO(what);
        check_untouched({elsewhere}, script, false);
        check_untouched({}, script, false);
    }
}

TEST_CASE("What is not HTTP/1 comes through at once, and is told") {
    const std::vector<std::vector<Said>> scripts{
        {client("*1\r\n$4\r\nPING\r\n"), upstream("+PONG\r\n")},
        {client("SET key value\r\n"), upstream("+OK\r\n")},
        {client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), upstream("\x00\x00")},
        {client("GET / HTTP/1.1\nHost: x\n\n"), upstream("HTTP/1.1 400 Bad\n\n")},
        {client("GET /\r\n"), upstream("HTTP/0.9 knows no head")},
        {client("\x16\x03\x01\x02"), upstream("\x16")},
        {upstream("220 mail ESMTP\r\n"), client("EHLO x\r\n")},
        {client("GET / HTTP/1.1\r\nno colon\r\n\r\nrest"), upstream("x")},
        {client("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nrest")},
        {client(get_a), upstream("ICY 200 OK\r\n\r\n"), client(get_a)},
        {client(get_a), upstream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")},
        {client(get_a), upstream(ok_a + "HTTP/1.1 408 Timeout\r\n\r\n")},
    };
    for (const auto& script : scripts) {
        INFO(script[0].text);
        check_untouched({abort_on("/elsewhere")}, script, true);
    }
    // Each byte leaves as it comes, for whoever speaks something else may wait for an answer.
    http::Exchanges exchanges(false);
    CHECK(exchanges.request("PING").to.empty());
    CHECK(bytes_of(exchanges.request("\r").to) == "PING\r");
    CHECK(bytes_of(exchanges.request("\n").to) == "\n");
}

TEST_CASE("A head that never ends is passed on as something else") {
    const std::string endless = "GET / HTTP/1.1\r\nA: " + std::string(70'000, 'a');
    check_untouched({abort_on("*")}, {client(endless), client(get_a)}, true);
}

TEST_CASE("A body's bytes leave as they come, the end of a chunk as well") {
    http::Exchanges exchanges(false);
    (void)exchanges.request(get_a);
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(exchanges.response(head.substr(0, 20)).from.empty());
    CHECK(bytes_of(exchanges.response(head.substr(20) + "5").from) == head + "5");
    for (const std::string part : {"\r\n", "data", "!", "\r", "\n", "0\r\n\r\n"}) {
        CHECK(bytes_of(exchanges.response(part).from) == part);
    }
    CHECK(exchanges.idle());
}

TEST_CASE("An answer in place of the upstream keeps the connection and its order") {
    const auto out = outcome({abort_on("/b")}, {client(get_b), client(get_a), upstream(ok_a)});
    CHECK(out == Pieces{{plain(get_a)}, {plain(answered_503 + ok_a)}, {one}, false});

    const auto between =
        outcome({abort_on("/b")}, {client(get_a + get_b + get_a + get_b), upstream(ok_a + ok_a)});
    CHECK(bytes_of(between.to) == get_a + get_a);
    CHECK(bytes_of(between.from) == ok_a + answered_503 + ok_a + answered_503);
    CHECK(between.by == std::vector{one, one});
}

TEST_CASE("The body of a request that was answered is not passed on, what follows is") {
    const auto out = outcome(
        {abort_on("/up")},
        {client("POST /up HTTP/1.1\r\nContent-Length: 11\r\n\r\nGET / HTTP/" + get_a +
                "POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" +
                get_b),
         upstream(ok_a + ok_b)});
    CHECK(bytes_of(out.to) == get_a + get_b);
    CHECK(bytes_of(out.from) == answered_503 + ok_a + answered_503 + ok_b);
}

TEST_CASE("An answer fits what was asked") {
    const std::string head =
        "HTTP/1.1 503 Service Unavailable\r\nX-Gameday-Fault: abort\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n";
    struct Row {
        std::string request, answer;
        End end;
    };
    const std::vector<Row> rows{
        {"HEAD /a HTTP/1.1\r\n\r\n", head + "\r\n", End::none},
        {"GET /a HTTP/1.0\r\n\r\n", head + "Connection: close\r\n\r\nno", End::finish},
        {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         head + "Connection: keep-alive\r\n\r\nno", End::none},
        {"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n", head + "Connection: close\r\n\r\nno",
         End::finish},
        {"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
         head + "Connection: close\r\n\r\nno", End::finish},
        {"CONNECT h:1 HTTP/1.1\r\n\r\n", head + "\r\nno", End::none},
    };
    for (const auto& [request, answer, end] : rows) {
        INFO(request);
        const auto out = outcome({abort_on("*")}, {client(request)});
        CHECK(out.from == std::vector{ended(answer, end)});
        CHECK(out.to.empty());
    }
    CHECK(outcome({abort_on("*", 204, "")}, {client(get_a)}).from ==
          std::vector{plain("HTTP/1.1 204 No Content\r\nX-Gameday-Fault: abort\r\n\r\n")});
    CHECK(outcome({abort_on("*", 500, "")}, {client(get_a)}).from ==
          std::vector{plain("HTTP/1.1 500 Internal Server Error\r\nX-Gameday-Fault: abort\r\n"
                            "Content-Length: 0\r\n\r\n")});
}

TEST_CASE("After an answer that closes nothing more is passed on") {
    const auto out = outcome({abort_on("/a")}, {client("GET /a HTTP/1.0\r\n\r\n" + get_b),
                                                upstream(ok_b), client(get_b)});
    CHECK(out.to.empty());
    CHECK(out.from.size() == 1);
    CHECK(out.from.back().end == End::finish);
}

TEST_CASE("A delay is that of the response, and of no other") {
    Fault slow = named("slow", "/b");
    slow.delay = 30ms;
    const auto out = outcome(
        {slow}, {client(get_a + get_b), upstream(ok_a + ok_b), client(get_a), upstream(ok_a)});
    CHECK(bytes_of(out.to) == get_a + get_b + get_a);
    CHECK(out.from == std::vector{plain(ok_a), late(30ms, ok_b + ok_a)});
    CHECK(out.by == std::vector{one});

    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(outcome({slow}, {client(get_b), upstream(go_on + ok_a)}).from ==
          std::vector{plain(go_on), late(30ms, ok_a)});

    Fault both = abort_on("/b");
    both.delay = 10ms;
    CHECK(outcome({slow, both}, {client(get_b)}) ==
          Pieces{{}, {late(40ms, answered_503)}, {one, two}, false});
}

TEST_CASE("A delay within the body begins behind so many of its bytes, chunks or not") {
    Fault pause = named("pause", "/a");
    pause.delay = 20ms;
    pause.delay_after = 4;
    const std::string head = ok_a.substr(0, ok_a.size() - 6);
    CHECK(outcome({pause}, {client(get_a), upstream(ok_a)}) ==
          Pieces{{plain(get_a)}, {plain(head + "firs"), late(20ms, "t!")}, {one}, false});

    const auto out = outcome({pause}, {client(get_a), upstream(ok_b)});
    const auto cut = ok_b.find("nd\r\n0");
    CHECK(out.from == std::vector{plain(ok_b.substr(0, cut)), late(20ms, ok_b.substr(cut))});

    pause.delay_after = 0;
    CHECK(outcome({pause}, {client(get_a), upstream(ok_a)}).from ==
          std::vector{plain(head), late(20ms, "first!")});
    pause.delay_after = 6;  // The body is over by then.
    check_untouched({pause}, {client(get_a), upstream(ok_a)}, false);
}

TEST_CASE("A body is cut behind so many bytes, and the connection ends there") {
    Fault cut = named("cut", "/a");
    cut.truncate_after = 2;
    const std::string head = ok_a.substr(0, ok_a.size() - 6);
    const std::vector<Said> script{client(get_a), upstream(ok_a), client(get_b), upstream(ok_b)};
    CHECK(outcome({cut}, script) ==
          Pieces{{plain(get_a)}, {ended(head + "fi", End::close)}, {one}, false});
    cut.truncate_with_reset = true;
    CHECK(outcome({cut}, script).from == std::vector{ended(head + "fi", End::reset)});
    cut.truncate_after = 0;
    CHECK(outcome({cut}, script).from == std::vector{ended(head, End::reset)});
    cut.truncate_after = 6;  // Nothing is behind them.
    check_untouched({cut}, script, false);
    cut.truncate_after = 0;
    check_untouched(
        {cut}, {client("HEAD /a HTTP/1.1\r\n\r\n"), upstream(head), client(get_b), upstream(ok_b)},
        false);
}

TEST_CASE("The rate is that of the body") {
    Fault slow = named("slow", "/a");
    slow.rate = 1000;
    const std::string head = ok_a.substr(0, ok_a.size() - 6);
    const auto out = outcome({slow}, {client(get_a + get_b), upstream(ok_a + ok_b)});
    CHECK(out.from == std::vector{plain(head), Piece{"first!", {}, 1000, End::none}, plain(ok_b)});
    CHECK(out.by == std::vector{one});
}

TEST_CASE("A header is replaced, added or garbled, and nothing beside it") {
    Fault replace = named("header", "/b");
    replace.replace = http::Field{"etag", "other"};
    const std::string changed = std::string(ok_b).replace(ok_b.find("ETag: q"), 7, "ETag: other");
    CHECK(outcome({replace}, {client(get_b + get_a), upstream(ok_b + ok_a)}) ==
          Pieces{{plain(get_b + get_a)}, {plain(changed + ok_a)}, {one}, false});

    replace.replace = http::Field{"X-New", "1"};
    const std::string added = std::string(ok_b).insert(ok_b.find("\r\n\r\n") + 2, "X-New: 1\r\n");
    CHECK(outcome({replace}, {client(get_b), upstream(ok_b)}).from == std::vector{plain(added)});

    Fault garble = named("header", "/b");
    garble.garble = "eTAG";
    const auto out = outcome({garble}, {client(get_b), upstream(ok_b)});
    const auto garbled = bytes_of(out.from);
    const auto at = ok_b.find("ETag: q") + 6;
    REQUIRE(garbled.size() == ok_b.size());
    CHECK(garbled[at] != 'q');
    CHECK(std::string(garbled).replace(at, 1, "q") == ok_b);
    CHECK(out.by == std::vector{one});
    check_untouched({garble}, {client(get_b), upstream(ok_a)}, false);  // It has no such header.
}

TEST_CASE(
    "The body of a response that ends with the connection is shaped, and what waits follows") {
    Fault pause = named("pause", "/a");
    pause.delay = 5ms;
    pause.delay_after = 1;
    const std::string head = "HTTP/1.0 200 OK\r\n\r\n";
    const auto out =
        outcome({pause, abort_on("/b")},
                {client(get_a + get_b), upstream(head + "xyz"), {Said::Who::upstream_ends}});
    CHECK(out.from == std::vector{plain(head + "x"), late(5ms, "yz" + answered_503)});
    // An upstream that ends early has ended what the client gets.
    CHECK(bytes_of(
              outcome({abort_on("/b")}, {client(get_a + get_b), {Said::Who::upstream_ends}}).from)
              .empty());
}

TEST_CASE("Nothing is open any more when no response can come") {
    http::Exchanges ended(false);
    (void)ended.request(get_a + get_b);
    CHECK(ended.open() == 2);
    (void)ended.response_end();
    CHECK(ended.open() == 0);
    http::Exchanges foreign(false);
    (void)foreign.request(get_a + get_b);
    (void)foreign.response("HTTP/3");
    CHECK(foreign.open() == 0);
    http::Exchanges midway(false);
    (void)midway.request(get_a);
    (void)midway.response("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    CHECK(midway.request("\x16").foreign);
    CHECK(midway.response_end() == Pieces{});
    http::Exchanges closed(false);
    closed.follow(arm({abort_on("/b")}));
    (void)closed.request(get_a + "GET /b HTTP/1.0\r\n\r\n" + get_a + get_a);
    CHECK(closed.open() > 1);
    (void)closed.response(ok_a);
    CHECK(closed.open() == 0);
}

TEST_CASE("Faults that change hold from the next request on") {
    http::Exchanges exchanges(false);
    (void)exchanges.request(get_a);
    exchanges.follow(arm({abort_on("*")}));
    CHECK(bytes_of(exchanges.response(ok_a).from) == ok_a);
    CHECK(bytes_of(exchanges.request(get_a).from) == answered_503);
    exchanges.follow({});
    CHECK(bytes_of(exchanges.request(get_a).to) == get_a);
}

TEST_CASE("A connection that stands is joined at its next request, not within a body") {
    const auto fault = abort_on("*");
    const auto idle = outcome({fault}, {client(get_a)}, true);
    CHECK(bytes_of(idle.from) == answered_503);
    const auto answered = outcome({fault}, {upstream("end of a body"), client(get_a)}, true);
    CHECK(bytes_of(answered.from) == "end of a body" + answered_503);
    // Who sends a body does not begin a request before it has been answered.
    const auto sending =
        outcome({fault}, {client("of a body"), client(get_a), upstream(ok_a), client(get_b)}, true);
    CHECK(bytes_of(sending.to) == "of a body" + get_a);
    CHECK(bytes_of(sending.from) == ok_a + answered_503);
}

TEST_CASE("Random bytes, and messages with random changes, come out alike however they are split") {
    Random random(7, "exchanges");
    const std::vector<std::string> texts{get_a, get_b, ok_a, ok_b, "\x01", "\x01", "\x02"};
    for (int round = 0; round < 3000; ++round) {
        std::string bytes{static_cast<char>(random.below(3) == 0 ? 0 : random.below(128)),
                          static_cast<char>(random.below(256))};
        const auto parts = 1 + random.below(8);
        for (std::uint64_t i = 0; i < parts; ++i) bytes += texts.at(random.below(texts.size()));
        for (auto changes = random.below(3); changes > 0; --changes) {
            bytes.at(2 + random.below(bytes.size() - 2)) = static_cast<char>(random.below(256));
        }
        INFO(round);
        REQUIRE(holds_for(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    }
}

}  // namespace gameday::testing::exchanges_test
