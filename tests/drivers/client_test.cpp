// The http driver against servers whose every byte is written here.
#include "harness/drivers/http/http_client.hpp"
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <future>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// Each request is answered with these bytes.
RawServer::Serve always(std::string bytes) {
    return [bytes = std::move(bytes)](RawConnection& client) {
        while (!client.read_request().empty()) client.send(bytes);
    };
}

// The first request is answered with these bytes, and then the connection ends.
RawServer::Serve once(std::string bytes) {
    return [bytes = std::move(bytes)](RawConnection& client) {
        client.read_request();
        client.send(bytes);
    };
}

constexpr std::string_view json_value = R"({"read": {"value": "/value", "version": "/version"}})";

bool has_note(const Asking& asking, std::string_view part, std::uint64_t count) {
    const auto notes = asking.client->notes();
    return std::any_of(notes.begin(), notes.end(), [&](const ClientNote& note) {
        return note.what.find(part) != std::string::npos && note.count == count;
    });
}

}  // namespace

TEST_CASE("interim answers are passed over, and no answer is given to the next request") {
    const std::string interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    RawServer server([&](RawConnection& client) {
        for (;;) {
            const std::string request = client.read_request();
            if (request.empty()) return;
            const auto key = request.substr(8, request.find(' ', 8) - 8);  // of "GET /kv/12 …"
            client.send(interim);
            client.send(answer(R"({"value": )" + key + "}"));
        }
    });
    Asking asking({server.endpoint()}, json_value);
    for (std::uint32_t key = 1; key <= 50; ++key) {
        const auto heard = asking.operation(Verb::read, 5s, key);
        CHECK(heard.reply.outcome == Outcome::ok);
        CHECK(heard.reply.value == key);
    }
    CHECK(server.accepted() == 1);  // the connection is kept
    const auto status = asking.status(
        {StatusSubject::role, {{"path", "/kv/9"}, {"role", "/value"}, {"primary", "9"}}});
    CHECK(status.status.good);
    CHECK(status.status.role == Role::primary);
}

TEST_CASE("an upgrade that nobody asked for, and a server that sends interim answers only") {
    RawServer upgrading(once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
    Asking asking({upgrading.endpoint()}, json_value);
    const auto heard = asking.read();
    CHECK(heard.reply.cause == Cause::malformed);
    CHECK(heard.detail == "HTTP 101, which nobody asked for");

    RawServer endless([](RawConnection& client) {
        client.read_request();
        for (int i = 0; i < 2000; ++i) client.send("HTTP/1.1 102 Processing\r\n\r\n");
    });
    Asking patient({endless.endpoint()}, json_value);
    CHECK(patient.read().reply.cause == Cause::malformed);
}

TEST_CASE("an answer that comes behind the one to our request is never taken for another's") {
    // Two answers to each request: the second is what the next request must not be given.
    std::atomic<int> answered{0};
    RawServer server([&](RawConnection& client) {
        while (!client.read_request().empty()) {
            client.send(answer(R"({"value": 1})"));
            client.send(answer(R"({"value": 666})"));
            ++answered;
            answered.notify_all();
        }
    });
    Asking asking({server.endpoint()}, json_value);
    for (int i = 0; i < 10; ++i) {
        CHECK(asking.read().reply.value == 1);
        for (int seen = answered; seen <= i; seen = answered) answered.wait(seen);
    }
}

TEST_CASE("a JSON value is never taken from a body that was cut off") {
    const std::string cut = R"({"value":12)";  // of {"value":1234}
    for (const std::string& head :
         {std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\n\r\n")}) {
        RawServer server(once(head + cut));
        Asking asking({server.endpoint()}, json_value);
        const auto heard = asking.read();
        CHECK(heard.reply.outcome == Outcome::failed);
        CHECK(heard.reply.cause == Cause::malformed);
        CHECK(heard.detail == "the body ends inside a JSON text");
        CHECK(heard.sample == cut);
        Asking writer({server.endpoint()});
        CHECK(writer.write().reply.outcome == Outcome::unknown);
        // Nor is a check met by half an answer.
        CHECK_FALSE(writer.status({}).status.good);
    }
    for (const std::string& whole :
         {"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + cut,
          fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n",
                      cut.size(), cut)}) {
        RawServer server(once(whole));
        Asking asking({server.endpoint()}, json_value);
        const auto heard = asking.read();
        CHECK(heard.reply.cause == Cause::reset);
        CHECK(heard.detail == "the answer was cut off");
    }
    // The server itself says that this is all.
    RawServer server(once("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + cut));
    Asking asking({server.endpoint()}, json_value);
    CHECK(asking.read().reply.cause == Cause::malformed);
}

TEST_CASE("a body that ends with the connection is whole when its JSON is") {
    RawServer server(once("HTTP/1.1 200 OK\r\n\r\n{\"value\":1234}"));
    Asking asking({server.endpoint()}, json_value);
    CHECK(asking.read().reply.value == 1234);
}

TEST_CASE("an answer to HEAD has no body, whatever its head says") {
    RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX-Value: 12\r\n\r\n"));
    Asking asking({server.endpoint()},
                  R"({"read": {"method": "HEAD", "value": "header:X-Value"}})");
    for (int i = 0; i < 3; ++i) CHECK(asking.read().reply.value == 12);
    CHECK(server.accepted() == 1);
    CHECK(asking.status({StatusSubject::health, {{"method", "HEAD"}}}).status.good);
}

TEST_CASE("an answer of success that is not what is expected is not good, and says why") {
    RawServer server(always(answer(R"({"errors":[{"message":"no"}]})")));
    Asking asking({server.endpoint()}, R"({"read": {"expect": {"absent": ["/errors"]}},
                                           "write": {"expect": {"absent": ["/errors"]}}})");
    const auto read = asking.read();
    CHECK(read.reply.outcome == Outcome::failed);
    CHECK(read.reply.cause == Cause::unexpected);
    CHECK(read.detail == "/errors is there");
    CHECK(read.sample == R"({"errors":[{"message":"no"}]})");
    CHECK(asking.write().reply.outcome == Outcome::unknown);
    const auto status =
        asking.status({StatusSubject::health, {{"expect", Params{{"absent", List{"/errors"}}}}}});
    CHECK_FALSE(status.status.good);
    CHECK(status.detail == "/errors is there");
}

TEST_CASE("a kept connection that was closed meanwhile costs nothing") {
    // Closes each connection behind the first answer, without saying so.
    RawServer server(once(answer(R"({"value": 3})")));
    Asking asking({server.endpoint()}, json_value);
    for (int i = 1; i <= 20; ++i) {
        CHECK(asking.write().reply.outcome == Outcome::ok);
        server.wait_for_ended(i);
    }
    CHECK(asking.client->notes().empty());
}

TEST_CASE("a kept connection that ends before its answer: reads are sent once more, writes not") {
    std::atomic<int> writes{0};
    // Reads the second request of a connection and ends it without a word.
    RawServer server([&](RawConnection& client) {
        for (int i = 0;; ++i) {
            const std::string request = client.read_request();
            if (request.empty()) return;
            writes += request.starts_with("PUT") ? 1 : 0;
            if (i == 1) return;
            client.send(answer(R"({"value": 3})"));
        }
    });
    Asking asking({server.endpoint()}, json_value);
    for (int i = 0; i < 9; ++i) CHECK(asking.read().reply.outcome == Outcome::ok);
    CHECK(has_note(asking, "were sent once more", 8));

    Asking writer({server.endpoint()});
    CHECK(writer.write().reply.outcome == Outcome::ok);
    writes = 0;
    const auto heard = writer.write();
    CHECK(heard.reply.outcome == Outcome::unknown);
    CHECK(heard.reply.cause == Cause::reset);
    CHECK(writes == 1);

    Asking idempotent({server.endpoint()}, R"({"write": {"idempotent": true}})");
    CHECK(idempotent.write().reply.outcome == Outcome::ok);
    CHECK(idempotent.write().reply.outcome == Outcome::ok);
}

TEST_CASE(
    "a fresh connection that ends before its answer is a failure, and nothing is sent twice") {
    std::atomic<int> requests{0};
    RawServer server(
        [&](RawConnection& client) { requests += client.read_request().empty() ? 0 : 1; });
    Asking asking({server.endpoint()}, json_value);
    CHECK(asking.read().reply.cause == Cause::reset);
    CHECK(requests == 1);
}

TEST_CASE("every address of a name is tried, and what was used is told") {
    RawServer server(always(answer(R"({"value": 3})", 200, "Connection: close\r\n")));
    using boost::asio::ip::tcp;
    const auto port = server.endpoint().port;
    const auto at = [&](const char* address) {
        return tcp::endpoint(boost::asio::ip::make_address(address), port);
    };
    struct Sink final : ReplySink {
        void on_reply(std::uint64_t, const Reply& reply) override {
            outcomes.push_back(reply.outcome);
        }
        std::vector<Outcome> outcomes;
    } sink;
    boost::asio::io_context io{1};
    const Topology topology;
    drivers::Remote remote;
    remote.host = "db:80";
    remote.addresses = {at("127.0.0.2"), at("127.0.0.3"), at("127.0.0.1")};
    remote.taken = remote.passed_over = {0, 0, 0};
    remote.why.resize(3);
    const ClientContext context{io, topology, NodeId(0), {"db", 80}, sink};
    auto templates = drivers::compile_templates({}, topology, context.endpoint);
    REQUIRE(templates.has_value());
    drivers::HttpClient client(context, std::move(*templates), {remote});
    const SteadyClock clock;
    for (std::size_t i = 0; i < 3; ++i) {
        client.perform({Verb::read, 1, 0}, i, clock.now(), clock.now() + 5s);
        while (sink.outcomes.size() == i) io.run_one_for(5ms);
        io.restart();
    }
    CHECK(sink.outcomes == std::vector(3, Outcome::ok));
    std::string notes;
    for (const auto& note : client.notes()) notes += fmt::format("{} {}\n", note.count, note.what);
    CHECK(notes == fmt::format("1 attempts to connect to db:80 were passed on by 127.0.0.2:{0} "
                               "(refused)\n"
                               "1 attempts to connect to db:80 were passed on by 127.0.0.3:{0} "
                               "(refused)\n"
                               "3 connections to db:80 went to 127.0.0.1:{0}\n",
                               port));
}

TEST_CASE("an address that says nothing gets its share of the timeout, and the next one the rest") {
    // A queue for one connection, which is taken: whoever knocks then hears nothing.
    const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    ::inet_pton(AF_INET, "127.0.0.2", &here.sin_addr);
    socklen_t size = sizeof here;
    auto* const generic = reinterpret_cast<sockaddr*>(&here);
    REQUIRE(::bind(silent, generic, size) == 0);
    REQUIRE(::listen(silent, 0) == 0);
    REQUIRE(::getsockname(silent, generic, &size) == 0);
    const int first = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ::connect(first, generic, size);

    const std::uint16_t port = ntohs(here.sin_port);
    RawServer server(always(answer("")), "127.0.0.1", port);
    struct Sink final : ReplySink {
        void on_reply(std::uint64_t, const Reply& reply) override { outcome = reply.outcome; }
        std::optional<Outcome> outcome;
    } sink;
    boost::asio::io_context io{1};
    const Topology topology;
    using boost::asio::ip::tcp;
    drivers::Remote remote;
    remote.host = "db:80";
    remote.addresses = {tcp::endpoint(boost::asio::ip::make_address("127.0.0.2"), port),
                        tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), port)};
    remote.taken = remote.passed_over = {0, 0};
    remote.why.resize(2);
    const ClientContext context{io, topology, NodeId(0), {"db", 80}, sink};
    auto templates = drivers::compile_templates({}, topology, context.endpoint);
    REQUIRE(templates.has_value());
    drivers::HttpClient client(context, std::move(*templates), {remote});
    const SteadyClock clock;
    const Instant begin = clock.now();
    client.perform({Verb::read, 1, 0}, 0, begin, begin + 20s);
    // Half of the time is the first one's; the other half is not used up. 1 s is enough to see it.
    io.run_for(300ms);
    CHECK(!sink.outcome.has_value());
    client.close();
    const Instant again = clock.now();
    client.perform({Verb::read, 1, 0}, 0, again, again + 1s);
    while (!sink.outcome && clock.now() < again + 10s) {
        io.restart();
        io.run_one_for(5ms);
    }
    CHECK(sink.outcome == Outcome::ok);
    CHECK(clock.now() - again >= 500ms);
    ::close(first);
    ::close(silent);
}

TEST_CASE("307 and 308 are followed to nodes of the system, when asked for and nowhere else") {
    RawServer there([](RawConnection& client) {
        for (;;) {
            const std::string request = client.read_request();
            if (request.empty()) return;
            const bool whole = request.starts_with("PUT /kv/1 ") && request.ends_with("\r\n\r\n7");
            client.send(answer("", whole ? 200 : 400));
        }
    });
    const auto to = there.endpoint().text();
    RawServer here(always(answer("", 307, "Location: http://" + to + "/kv/1\r\n")));
    const std::vector<Endpoint> both{here.endpoint(), there.endpoint()};
    Asking following(both, R"({"write": {"follow_redirects": true,
                                                "served_by": "connection"}})",
                     false, drivers::http, RegionId(0));
    const auto heard = following.write();
    CHECK(heard.reply.outcome == Outcome::ok);
    CHECK(heard.reply.served_by == NodeId(1));
    CHECK(has_note(following, "redirects", 1));

    Asking plain(both);
    const auto stays = plain.write();
    CHECK(stays.reply.cause == Cause::unexpected);
    CHECK(stays.detail == "HTTP 307");

    // Who asks without being of a region reads a node back: what another one holds is no answer.
    Asking direct(both, R"({"read": {"follow_redirects": true}})");
    const auto of_this_node = direct.read();
    CHECK(of_this_node.reply.outcome == Outcome::failed);
    CHECK(of_this_node.reply.cause == Cause::rejected);
    CHECK(of_this_node.detail ==
          "HTTP 307 to \"http://" + to + "/kv/1\", and only this node is asked");

    Asking alone({here.endpoint()}, R"({"write": {"follow_redirects": true}})", false,
                 drivers::http, RegionId(0));
    const auto stranger = alone.write();
    CHECK(stranger.reply.outcome == Outcome::unknown);
    CHECK(stranger.detail == "HTTP 307 to \"http://" + to + "/kv/1\", where no node is");

    RawServer circle(always(answer("", 308, "Location: /kv/1\r\n")));
    Asking dizzy({circle.endpoint()}, R"({"write": {"follow_redirects": true}})", false,
                 drivers::http, RegionId(0));
    CHECK(dizzy.write().detail == "HTTP 308 to \"/kv/1\", one redirect too many");
}

TEST_CASE("why an operation failed is told with the answer") {
    RawServer server(always(answer("upstream is down", 503)));
    Asking asking({server.endpoint()}, json_value);
    const auto heard = asking.read();
    CHECK(heard.reply.cause == Cause::server_error);
    CHECK(heard.detail == "HTTP 503");
    CHECK(heard.sample == "upstream is down");

    RawServer odd(always(answer(R"({"value": "abc"})")));
    Asking reader({odd.endpoint()}, json_value);
    CHECK(reader.read().detail == "/value is no number: \"abc\"");
}
