// The API over real sockets: HTTP as clients speak it, limits, and who may be listened to.
#include "injectors/proxy_server/api/api_server.hpp"

#include "injectors/proxy_server/api/api_client.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"
#include "tests/injectors/proxy_server/fake_plane.hpp"
#include "tests/support/result.hpp"

#include <fmt/format.h>

#include <vector>

namespace api_server_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::dial;
using gameday::testing::End;
using gameday::testing::Peer;

namespace {

struct Served {
    explicit Served(const std::string& token = {}) {
        auto started = ApiServer::start({"localhost", 0, {"9.9", false, token}}, {}, plane);
        REQUIRE(started);
        server = std::move(*started);
    }
    [[nodiscard]] Peer connect() const {
        auto peer = dial(read_address(server->address())->port);
        REQUIRE(peer.open());
        return peer;
    }
    [[nodiscard]] ApiPlace place() const { return {"http://" + server->address(), {}}; }

    testing::FakePlane plane;
    std::unique_ptr<ApiServer> server;
};

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::string receive_head(const Peer& peer) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        const auto byte = peer.receive(1);
        if (byte.empty()) return head;
        head += byte;
    }
    return head;
}

// Head and body of the next answer.
std::string receive_answer(const Peer& peer) {
    const auto head = receive_head(peer);
    const auto length = head.find("Content-Length: ");
    if (length == std::string::npos) return head;
    return head + peer.receive(std::stoul(head.substr(length + 16)));
}

}  // namespace

TEST_CASE("one connection carries many requests, each answer with an id of its own") {
    const Served served;
    const auto peer = served.connect();
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(peer.send(get("/version")) > 0);
        const auto answer = receive_answer(peer);
        CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(answer.ends_with("\r\n\r\n{\"version\": \"9.9\"}\n"));
        const auto at = answer.find("X-Toxiproxy-Request-Id: ");
        REQUIRE(at != std::string::npos);
        ids.push_back(answer.substr(at, answer.find("\r\n", at) - at));
    }
    CHECK(ids[0] != ids[1]);
    CHECK(ids[1] != ids[2]);
    CHECK(ids[0] != ids[2]);
}

TEST_CASE("requests that come at once are answered in order") {
    const Served served;
    const auto peer = served.connect();
    REQUIRE(peer.send(get("/version") + get("/proxies") + get("/nothing")) > 0);
    CHECK(receive_answer(peer).find("9.9") != std::string::npos);
    CHECK(receive_answer(peer).ends_with("\r\n\r\n{}"));
    CHECK(receive_answer(peer).ends_with("\r\n\r\n404 page not found\n"));
}

TEST_CASE("a body may come in pieces, chunked, or after an invitation") {
    const Served served;
    const std::string body = R"({"name":"a","upstream":"db:1"})";
    const std::string head = "POST /proxies HTTP/1.1\r\nHost: x\r\n";
    const std::string length = fmt::format("Content-Length: {}\r\n", body.size());
    {
        const auto peer = served.connect();
        REQUIRE(peer.send(head + length + "\r\n" + body.substr(0, 5)) > 0);
        REQUIRE(peer.send(body.substr(5)) > 0);
        CHECK(receive_answer(peer).starts_with("HTTP/1.1 201 Created\r\n"));
    }
    {
        const auto peer = served.connect();
        REQUIRE(peer.send(head + "Transfer-Encoding: chunked\r\n\r\n" +
                          fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body)) > 0);
        CHECK(receive_answer(peer).find("proxy already exists") != std::string::npos);
    }
    {
        const auto peer = served.connect();
        REQUIRE(peer.send(head + length + "Expect: 100-continue\r\n\r\n") > 0);
        CHECK(receive_answer(peer) == "HTTP/1.1 100 Continue\r\n\r\n");
        REQUIRE(peer.send(body) > 0);
        CHECK(receive_answer(peer).find("proxy already exists") != std::string::npos);
    }
}

TEST_CASE("answers to reset and HEAD have no body, and the connection goes on") {
    const Served served;
    const auto peer = served.connect();
    REQUIRE(peer.send("POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") > 0);
    const auto answer = receive_answer(peer);
    CHECK(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
    CHECK(answer.find("Content-Length") == std::string::npos);
    REQUIRE(peer.send("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + get("/version")) > 0);
    const auto head = receive_head(peer);
    CHECK(head.starts_with("HTTP/1.1 404 Not Found\r\n"));
    CHECK(head.find("Content-Length: 19\r\n") != std::string::npos);
    CHECK(receive_answer(peer).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("what is not HTTP or too large is told so, and the connection ends") {
    const Served served;
    {
        const auto peer = served.connect();
        REQUIRE(peer.send("nonsense\r\n\r\n") > 0);
        const auto answer = receive_answer(peer);
        CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(answer.find("not an HTTP request") != std::string::npos);
        CHECK(answer.find("X-Toxiproxy-Request-Id") != std::string::npos);
        CHECK(peer.end() == End::fin);
    }
    {
        const auto peer = served.connect();
        REQUIRE(peer.send("POST /proxies HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n[") > 0);
        const auto answer = receive_answer(peer);
        CHECK(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
        CHECK(answer.find("request body over 8388608 bytes, send less") != std::string::npos);
        CHECK(peer.end() == End::fin);
    }
    {
        const auto peer = served.connect();
        REQUIRE(peer.send("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n") > 0);
        CHECK(receive_answer(peer).starts_with("HTTP/1.1 400 Bad Request\r\n"));
    }
}

TEST_CASE("a client that says nothing or half a request keeps nobody waiting") {
    const Served served;
    std::vector<Peer> silent;
    for (int i = 0; i < 50; ++i) silent.push_back(served.connect());
    for (auto& each : silent) REQUIRE(each.send("POST /populate HTTP/1.1\r\nContent-Le") > 0);
    const auto answer = call_api(served.place(), {"GET", "/version", ""});
    REQUIRE(answer);
    CHECK(answer->status == 200);
}

TEST_CASE("the server ends with connections open, and the address is free again") {
    testing::FakePlane plane;
    std::optional<Served> served(std::in_place);
    const auto address = read_address(served->server->address()).value();
    const auto idle = served->connect();
    const auto busy = served->connect();
    REQUIRE(idle.send(get("/version")) > 0);
    REQUIRE(receive_answer(idle).starts_with("HTTP/1.1 200"));
    REQUIRE(busy.send("GET /vers") > 0);
    served.reset();
    CHECK(idle.end() == End::fin);
    CHECK(busy.end() != End::open);
    const auto again = ApiServer::start({"127.0.0.1", address.port, {}}, {}, plane);
    CHECK(again);
}

TEST_CASE("an address that is taken or unknown is refused with a remedy") {
    const Served served;
    testing::FakePlane plane;
    const auto port = read_address(served.server->address())->port;
    const auto taken = ApiServer::start({"127.0.0.1", port, {}}, {}, plane);
    REQUIRE(taken.has_error());
    CHECK(taken.error() ==
          Error{ErrorCode::refused,
                fmt::format("cannot listen on 127.0.0.1:{}: Address already in use; stop what "
                            "listens there, or give another --port or --host",
                            port)});
    const auto unknown = ApiServer::start({"999.1.1.1", 0, {}}, {}, plane);
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().code == ErrorCode::invalid);
}

TEST_CASE("an address that others can reach needs a token, and the token is asked for") {
    for (const char* host : {"0.0.0.0", "::", ""}) {
        CAPTURE(host);
        testing::FakePlane plane;
        const auto refused = ApiServer::start({host, 0, {}}, {}, plane);
        REQUIRE(refused.has_error());
        CHECK(refused.error().code == ErrorCode::refused);
        CHECK(refused.error().message.find("--token") != std::string::npos);
    }
    testing::FakePlane plane;
    const auto allowed = ApiServer::start({"0.0.0.0", 0, {"1", false, "secret"}}, {}, plane);
    REQUIRE(allowed);
    const Served served("secret");
    ApiPlace place = served.place();
    CHECK(call_api(place, {"GET", "/version", ""})->status == 401);
    place.token = "secret";
    CHECK(call_api(place, {"GET", "/version", ""})->status == 200);
}

TEST_CASE("the client says what is wrong with a URL, and that nobody is there") {
    for (const char* url : {"localhost:8474", "https://localhost:8474", "http://", "http://:1",
                            "http://localhost:0", "http://localhost:x"}) {
        CAPTURE(url);
        const auto answer = call_api({url, {}}, {"GET", "/version", ""});
        REQUIRE(answer.has_error());
        CHECK(answer.error().code == ErrorCode::invalid);
        CHECK(answer.error().message.find("http://localhost:8474") != std::string::npos);
    }
    const auto nobody = call_api({fmt::format("http://localhost:{}/", testing::free_port()), {}},
                                 {"GET", "/version", ""});
    REQUIRE(nobody.has_error());
    CHECK(nobody.error().code == ErrorCode::refused);
    CHECK(nobody.error().message.find("gameday proxy serve") != std::string::npos);
    const testing::Listener mute;
    const auto late = call_api(
        {fmt::format("http://127.0.0.1:{}", mute.port()), {}, std::chrono::milliseconds(50)},
        {"GET", "/version", ""});
    REQUIRE(late.has_error());
    CHECK(late.error().code == ErrorCode::timed_out);
}

TEST_CASE("names become one segment of a path and come back whole") {
    CHECK(encode_segment("a-b_c.d~9") == "a-b_c.d~9");
    CHECK(encode_segment("a b/\xc3\xa9%?") == "a%20b%2F%C3%A9%25%3F");
    const Served served;
    const std::string name = "a b%?\xc3\xa9";
    REQUIRE(call_api(served.place(),
                     {"POST", "/proxies", R"({"upstream":"db:1","name":")" + name + "\"}"})
                ->status == 201);
    CHECK(call_api(served.place(), {"GET", "/proxies/" + encode_segment(name), ""})->status == 200);
}

}  // namespace api_server_test
