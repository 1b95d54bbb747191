// The etcd driver: what it sends, and what each answer of the JSON gateway means.
#include "harness/drivers/common/base64.hpp"
#include "harness/drivers/etcd/gateway.hpp"
#include "harness/drivers/etcd/members.hpp"
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::drivers {
extern const DriverKind etcd;
}

namespace etcd_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view members = R"({"served_by_names": {"61": "n0", "62": "n1"}})";
constexpr std::string_view creating =
    R"({"write": "create", "served_by_names": {"61": "n0", "62": "n1"}})";

RawServer::Serve answering(std::string bytes) {
    return [bytes = std::move(bytes)](RawConnection& client) {
        while (!client.read_request().empty()) client.send(bytes);
    };
}

// What one operation brings whose answer is this.
Heard heard(std::string_view params, Verb verb, unsigned status, std::string_view body,
            bool foreign_values = false) {
    RawServer server(answering(answer(body, static_cast<int>(status))));
    Asking asking({server.endpoint(), {"127.0.0.1", 1}}, params, foreign_values, drivers::etcd);
    return asking.operation(verb);
}

// An error as the gateways of etcd 3.4 and 3.5 write it.
std::string error_body(std::string_view text, int code) {
    return fmt::format(R"({{"error":"{0}","message":"{0}","code":{1}}})", text, code);
}

// What a server is sent by a client with these parameters.
std::string sent(std::string_view params, Verb verb) {
    std::string request;
    RawServer server([&](RawConnection& client) {
        request = client.read_request();
        client.send(answer(R"({"header":{"revision":"2"}})"));
    });
    {
        Asking asking({server.endpoint()}, params, false, drivers::etcd);
        (void)asking.operation(verb, 5s, 12, 345);
    }
    server.wait_for_ended(1);
    return request;
}

std::string body_of(std::string_view request) {
    return std::string(request.substr(request.find("\r\n\r\n") + 4));
}

std::string refused_status(StatusSubject subject, Params params) {
    const auto page = drivers::compile_etcd_status({subject, std::move(params)}, "h:2379");
    return page ? "" : page.error().message;
}

Topology three_nodes() {
    Topology topology;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto number = std::to_string(i + 1);
        topology.regions.push_back({RegionId::of(i), "r" + number, {NodeId::of(i)}});
        topology.nodes.push_back({NodeId::of(i),
                                  "n" + number,
                                  RegionId::of(i),
                                  "",
                                  "local",
                                  {"10.0.0." + number, 2379},
                                  {}});
    }
    return topology;
}

}  // namespace

TEST_CASE("etcd is sent JSON with keys and values in base64, the prefix coded with the key") {
    const std::string put = sent(R"({"prefix": "k"})", Verb::write);
    CHECK(put.starts_with("POST /v3/kv/put HTTP/1.1\r\n"));
    // base64("k12") = azEy, base64("345") = MzQ1
    CHECK(body_of(put) == R"({"key":"azEy","value":"MzQ1"})");
    const std::string range = sent(R"({"prefix": "k"})", Verb::read);
    CHECK(range.starts_with("POST /v3/kv/range HTTP/1.1\r\n"));
    CHECK(body_of(range) == R"({"key":"azEy"})");
    CHECK(body_of(sent(R"({"prefix": "k", "read": "serializable"})", Verb::read)) ==
          R"({"key":"azEy","serializable":true})");
    const std::string create = sent(R"({"prefix": "k", "write": "create"})", Verb::write);
    CHECK(create.starts_with("POST /v3/kv/txn HTTP/1.1\r\n"));
    CHECK(body_of(create) ==
          R"({"compare":[{"key":"azEy","target":"CREATE","create_revision":"0"}],)"
          R"("success":[{"request_put":{"key":"azEy","value":"MzQ1"}}]})");
    CHECK(sent(R"({"headers": {"Authorization": "t0ken"}})", Verb::read)
              .find("\r\nAuthorization: t0ken\r\n") != std::string::npos);
}

TEST_CASE("a prefix of any length is coded as if it stood in the key") {
    // By coreutils' base64, of the prefix and "18446744073709551615".
    const std::vector<std::pair<std::string, std::string>> coded{
        {"", "MTg0NDY3NDQwNzM3MDk1NTE2MTU="},
        {"a", "YTE4NDQ2NzQ0MDczNzA5NTUxNjE1"},
        {"ab", "YWIxODQ0Njc0NDA3MzcwOTU1MTYxNQ=="},
        {"abc", "YWJjMTg0NDY3NDQwNzM3MDk1NTE2MTU="},
        {"abcd", "YWJjZDE4NDQ2NzQ0MDczNzA5NTUxNjE1"},
        {"gameday/", "Z2FtZWRheS8xODQ0Njc0NDA3MzcwOTU1MTYxNQ=="},
        {"\xff{key}\n", "/3trZXl9CjE4NDQ2NzQ0MDczNzA5NTUxNjE1"},
    };
    for (const auto& [prefix, wanted] : coded) {
        std::string out;
        drivers::Pattern("<{key_base64}>", prefix).append_to(out, ~std::uint64_t{0}, 0);
        CHECK(out == "<" + wanted + ">");
        out.clear();
        drivers::Pattern("<{key}>", prefix).append_to(out, 7, 0);
        CHECK(out == "<" + prefix + "7>");
    }
}

TEST_CASE("good answers of etcd tell value, version and member") {
    const auto written =
        heard(members, Verb::write, 200, R"({"header":{"member_id":"62","revision":"9"}})");
    CHECK(written.reply == Reply{Outcome::ok, Cause::none, 0, 9, NodeId(1)});
    const std::string header = R"({"header":{"member_id":"61","revision":"9","raft_term":"2"})";
    const auto found = heard(members, Verb::read, 200,
                             header + R"(,"kvs":[{"key":"azEy","create_revision":"4",)"
                                      R"("mod_revision":"8","version":"2","value":"MzQ1"}],)"
                                      R"("count":"1"})");
    CHECK(found.reply == Reply{Outcome::ok, Cause::none, 345, 8, NodeId(0)});
    const auto none = heard(members, Verb::read, 200, header + "}");
    CHECK(none.reply == Reply{Outcome::ok, Cause::none, 0, 0, NodeId(0), true});
    const auto created = heard(creating, Verb::write, 200, header + R"(,"succeeded":true})");
    CHECK(created.reply == Reply{Outcome::ok, Cause::none, 0, 9, NodeId(0)});
}

TEST_CASE("a member that no node is called after is a stranger, and nobody is without names") {
    constexpr std::string_view body = R"({"header":{"member_id":"99","revision":"9"}})";
    CHECK(heard(members, Verb::write, 200, body).reply.served_by == unrecognised_node);
    CHECK_FALSE(heard("{}", Verb::write, 200, body).reply.served_by.known());
}

TEST_CASE("an empty value is somebody else's where keys stand already, and never an absent key") {
    constexpr std::string_view body =
        R"({"header":{"member_id":"61","revision":"9"},"kvs":[{"key":"azEy","mod_revision":"8"}]})";
    const auto foreign = heard(members, Verb::read, 200, body, true);
    CHECK(foreign.reply == Reply{Outcome::ok, Cause::none, foreign_value, 8, NodeId(0)});
    const auto ours = heard(members, Verb::read, 200, body);
    CHECK(ours.reply.outcome == Outcome::failed);
    CHECK(ours.reply.cause == Cause::malformed);
}

TEST_CASE("a key that is there already refuses to be created") {
    for (const char* more : {"", R"(,"succeeded":false)"}) {
        const auto body =
            fmt::format(R"({{"header":{{"member_id":"61","revision":"9"}}{}}})", more);
        const auto refused = heard(creating, Verb::write, 200, body);
        CHECK(refused.reply.outcome == Outcome::failed);
        CHECK(refused.reply.cause == Cause::rejected);
        CHECK(refused.detail == "the key is there already");
    }
    // Not etcd's words: nobody knows.
    for (const char* strange : {"{}", R"({"succeeded":false})", "<html>", ""}) {
        CAPTURE(strange);
        CHECK(heard(creating, Verb::write, 200, strange).reply.outcome == Outcome::unknown);
    }
}

TEST_CASE("what a member says before it proposes is failed, all other errors are in doubt") {
    struct Row {
        const char* text;
        int code;
        unsigned status;
        Outcome write;
        Cause cause;
    };
    constexpr auto failed = Outcome::failed;
    constexpr auto unknown = Outcome::unknown;
    const std::vector<Row> rows{
        {"etcdserver: too many requests", 2, 500, failed, Cause::rejected},
        {"etcdserver: too many requests", 8, 429, failed, Cause::rejected},
        {"etcdserver: request is too large", 3, 400, failed, Cause::rejected},
        {"etcdserver: not capable", 14, 503, failed, Cause::rejected},
        {"etcdserver: rpc not supported for learner", 14, 503, failed, Cause::rejected},
        {"etcdserver: invalid auth token", 16, 401, failed, Cause::rejected},
        {"raft proposal dropped", 2, 500, failed, Cause::rejected},
        {"etcdserver: request timed out", 14, 503, unknown, Cause::server_error},
        {"etcdserver: request timed out, possibly due to previous leader failure", 14, 503, unknown,
         Cause::server_error},
        {"etcdserver: request timed out, possibly due to connection lost", 14, 503, unknown,
         Cause::server_error},
        {"etcdserver: no leader", 14, 503, unknown, Cause::server_error},
        {"etcdserver: leader changed", 14, 503, unknown, Cause::server_error},
        {"etcdserver: server stopped", 14, 503, unknown, Cause::server_error},
        {"context deadline exceeded", 4, 504, unknown, Cause::server_error},
        {"transport is closing", 14, 503, unknown, Cause::server_error},
        {"etcdserver: corrupt cluster", 15, 500, unknown, Cause::server_error},
        {"etcdserver: mvcc: database space exceeded", 8, 429, unknown, Cause::unexpected},
        {"etcdserver: permission denied", 7, 403, unknown, Cause::unexpected},
        {"etcdserver: user name is empty", 3, 400, unknown, Cause::unexpected},
        {"etcdserver: revision of auth store is old", 3, 400, unknown, Cause::unexpected},
        {"etcdserver: too many requests, or nearly", 8, 429, unknown, Cause::unexpected},
        {"Not Found", 5, 404, unknown, Cause::unexpected},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto detail = fmt::format("HTTP {}: {}", row.status, row.text);
        for (const auto params : {members, creating}) {
            const auto write =
                heard(params, Verb::write, row.status, error_body(row.text, row.code));
            CHECK(write.reply.outcome == row.write);
            CHECK(write.reply.cause == row.cause);
            CHECK(write.detail == detail);
            CHECK_FALSE(write.reply.served_by.known());
        }
        const auto read = heard(members, Verb::read, row.status, error_body(row.text, row.code));
        CHECK(read.reply.outcome == failed);
        CHECK(read.reply.cause == row.cause);
    }
}

TEST_CASE("errors of older and of newer gateways are understood, and a success is not one") {
    const auto write = [](unsigned status, std::string_view body) {
        return heard(members, Verb::write, status, body).reply;
    };
    CHECK(write(429, R"({"code":8,"message":"etcdserver: too many requests","details":[]})")
              .outcome == Outcome::failed);
    CHECK(write(429, R"({"error":"etcdserver: too many requests","code":8})").outcome ==
          Outcome::failed);
    CHECK(write(503, "upstream connect error").outcome == Outcome::unknown);
    CHECK(write(200, R"({"message":"raft proposal dropped"})").outcome == Outcome::unknown);
    CHECK(write(200, "{}").cause == Cause::unexpected);
    CHECK(write(200, R"({"header":{"revision":"9")").outcome == Outcome::unknown);
}

TEST_CASE("an answer that does not come leaves a put in doubt, and a read failed") {
    RawServer ending([](RawConnection& client) { client.read_request(); });
    Asking asking({ending.endpoint()}, "{}", false, drivers::etcd);
    const auto write = asking.write();
    CHECK(write.reply.outcome == Outcome::unknown);
    CHECK(write.reply.cause == Cause::reset);
    CHECK(asking.read().reply.outcome == Outcome::failed);
}

TEST_CASE("the health of a member is what etcd says of it") {
    const auto asked = [](unsigned status, std::string_view body, const char* path = nullptr) {
        RawServer server(answering(answer(body, static_cast<int>(status))));
        Asking asking({server.endpoint()}, "{}", false, drivers::etcd);
        StatusQuestion question;
        if (path != nullptr) question.params["path"] = path;
        return asking.status(question);
    };
    CHECK(asked(200, R"({"health":"true"})").status.good);
    CHECK(asked(200, R"({"health":"true","reason":""})").status.good);
    const auto alarmed = asked(503, R"({"health":"false","reason":"ALARM NOSPACE"})");
    CHECK_FALSE(alarmed.status.good);
    CHECK(alarmed.detail == "HTTP 503");
    CHECK_FALSE(asked(200, "<html>welcome").status.good);
    CHECK(asked(200, "ok", "/livez").status.good);
    // Of the leader, as a route asks where writes go to the primary.
    const char* path = "/v3/maintenance/status";
    CHECK(asked(200, R"({"header":{"member_id":"61"},"leader":"61"})", path).status.good);
    const auto follower = asked(200, R"({"header":{"member_id":"61"},"leader":"62"})", path);
    CHECK_FALSE(follower.status.good);
    CHECK(follower.detail == "it does not say that it is the primary");
    CHECK_FALSE(asked(200, R"({"header":{"member_id":"61"}})", path).status.good);
    CHECK_FALSE(asked(200, "<html>", path).status.good);
}

TEST_CASE("a member tells its role and the term without any parameter") {
    std::string request;
    const auto asked = [&](std::string_view body) {
        RawServer server([&](RawConnection& client) {
            request = client.read_request();
            client.send(answer(body));
        });
        Asking asking({server.endpoint()}, "{}", false, drivers::etcd);
        return asking.status({StatusSubject::role, {}}).status;
    };
    const NodeStatus leader{Cause::none, true, Role::primary, 7};
    const NodeStatus follower{Cause::none, true, Role::replica, 7};
    CHECK(asked(R"({"header":{"member_id":"61"},"leader":"61","raftTerm":"7"})") == leader);
    CHECK(asked(R"({"header":{"member_id":"61"},"leader":"62","raftTerm":"7"})") == follower);
    // Without a leader etcd leaves the field out.
    CHECK(asked(R"({"header":{"member_id":"61"},"raftTerm":"7"})").role == Role::unknown);
    CHECK(request.starts_with("POST /v3/maintenance/status HTTP/1.1\r\n"));
    CHECK(body_of(request) == "{}");
}

TEST_CASE("all wrong parameters of etcd are reported at once, with what to write") {
    const auto params = json::parse(R"({"read": "quorum", "write": "cas", "prefx": "a",
        "headers": {"A b": "c"}, "served_by_names": {"61": "mars"}})");
    REQUIRE(params.has_value());
    const auto good = drivers::etcd.check(*params->as<Params>(), three_nodes());
    REQUIRE_FALSE(good.has_value());
    const std::string& text = good.error().message;
    INFO(text);
    for (const char* part : {"read: ", "write: ", "prefx: ", "headers: ", "served_by_names: "}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(drivers::etcd.check({}, three_nodes()).has_value());
    CHECK(refused_status(StatusSubject::role, {{"path", "/x"}}) ==
          "path: is not known here; known are headers, tls");
    CHECK(refused_status(StatusSubject::health, {{"path", "up"}}) ==
          "path: \"up\" does not begin with /, write \"/up\"");
    CHECK(refused_status(StatusSubject::role, {}).empty());
}

TEST_CASE("members are nodes by where they serve, else by their names") {
    const Params found = drivers::members_in(
        R"({"header":{"member_id":"1"},"members":[
            {"ID":"1","name":"one","clientURLs":["http://10.0.0.1:2379"]},
            {"ID":"2","name":"n3","clientURLs":["https://b:2379","https://10.0.0.2:2379/"]},
            {"ID":"3","name":"n3","clientURLs":["http://c.example:2379"]},
            {"ID":"4","name":"four","clientURLs":["http://10.0.0.4:2379"]},
            {"ID":"5","peerURLs":["http://e:2380"]}]})",
        three_nodes());
    CHECK(found == Params{{"1", "n1"}, {"2", "n2"}, {"3", "n3"}});
    CHECK(drivers::members_in("<html>", three_nodes()).empty());
    CHECK(drivers::members_in(R"({"members":[7,{"ID":{}}]})", three_nodes()).empty());
}

TEST_CASE("the cluster is asked for its members until each node is one") {
    const std::string whole = R"({"members":[{"ID":"61","name":"n1"},)"
                              R"({"ID":"62","clientURLs":["http://127.0.0.1:1"]}]})";
    std::atomic<int> asked{0};
    // The second member has not published where it serves, at first.
    RawServer server([&](RawConnection& client) {
        while (!client.read_request().empty()) {
            client.send(answer(++asked < 3 ? R"({"members":[{"ID":"61","name":"n1"}]})" : whole));
        }
    });
    Topology topology = three_nodes();
    topology.nodes.pop_back();
    topology.nodes[0].endpoint = server.endpoint();
    topology.nodes[1].endpoint = {"127.0.0.1", 1};  // nobody is there
    const Params own{{"prefix", "x/"}};
    const auto learned = drivers::learn_members(own, topology, 10s);
    REQUIRE(learned.has_value());
    CHECK(*learned ==
          Params{{"prefix", "x/"}, {"served_by_names", Params{{"61", "n1"}, {"62", "n2"}}}});
    CHECK(drivers::etcd.check(*learned, topology).has_value());
    // Who knows them need not ask.
    const int before = asked;
    const auto again = drivers::learn_members(*learned, topology, 10s);
    REQUIRE(again.has_value());
    CHECK(*again == *learned);
    CHECK(asked == before);
}

TEST_CASE("a node that is no member is named, with what to write") {
    RawServer server(answering(answer(R"({"members":[{"ID":"61","name":"n1"}]})")));
    Topology topology = three_nodes();
    for (auto& node : topology.nodes) node.endpoint = server.endpoint();
    const auto learned = drivers::learn_members({}, topology, 50ms);
    REQUIRE_FALSE(learned.has_value());
    CHECK(learned.error().code == ErrorCode::refused);
    CHECK(
        learned.error().message ==
        "etcd names no member that is n2, n3; write \"served_by_names\": {\"<id of the member>\": "
        "\"n2\"}");
    RawServer denying(answering(answer(error_body("etcdserver: permission denied", 7), 403)));
    for (auto& node : topology.nodes) node.endpoint = denying.endpoint();
    const auto denied = drivers::learn_members({}, topology, 50ms);
    REQUIRE_FALSE(denied.has_value());
    CHECK(denied.error().message.find("answers: HTTP 403") != std::string::npos);
}

}  // namespace etcd_test
