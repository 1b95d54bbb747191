#include "injectors/proxy_server/cli/proxy_text.hpp"

#include "harness/json/json.hpp"
#include "tests/support/result.hpp"

#include <string>

namespace proxy_record_text_test {

using namespace gameday;

namespace {

Value answer() {
    return json::parse(R"({
        "realtime_ns": 1000000000, "monotonic_ns": 0, "left_out": 3, "connections": [
        {"proxy": "db", "accepted_realtime_ns": 3723004000000, "closed_realtime_ns": 3723005000000,
         "connection": 12, "client": "127.0.0.1:1", "upstream": "127.0.0.1:22",
         "accepted_ns": 5000000, "connected_ns": 5250000, "closed_ns": 6000000,
         "bytes_to": 10, "bytes_from": 2000, "ended": "rst_by_fault", "faults": ["slow", "x"]},
        {"proxy": "cache", "accepted_realtime_ns": 3723999000000, "connection": 3,
         "client": "", "upstream": "", "accepted_ns": 7000000,
         "bytes_to": 0, "bytes_from": 0, "ended": "open", "faults": []},
        {"proxy": "x", "accepted_realtime_ns": 3723999000000, "connection": 4,
         "client": "", "upstream": "", "accepted_ns": 7000000, "closed_ns": 8000000,
         "bytes_to": 0, "bytes_from": 0, "ended": "refused", "faults": [],
         "why": "lookup y: host not found"}]})")
        .value();
}

std::string problem(std::string_view text, std::string_view lease) {
    const auto body = proxy_server::change_body(text, lease);
    REQUIRE(body.has_error());
    CHECK(body.error().code == ErrorCode::invalid);
    return body.error().message;
}

}  // namespace

TEST_CASE("connections are columns for people, with what is left out, and tabs for scripts") {
    CHECK(proxy_server::proxy_connections_text(answer(), true) ==
          "PROXY  NO  CLIENT       UPSTREAM      ACCEPTED       CONNECTED  TO  FROM  "
          "ENDED                                            TOXICS\n"
          "db     12  127.0.0.1:1  127.0.0.1:22  01:02:03.004Z  0.25 ms    10  2000  "
          "rst_by_fault after 1.00 ms                       slow, x\n"
          "cache  3   -            -             01:02:03.999Z  -          0   0     "
          "open                                             -\n"
          "x      4   -            -             01:02:03.999Z  -          0   0     "
          "refused after 1.00 ms: lookup y: host not found  -\n"
          "3 older ones left out: --limit\n");
    CHECK(
        proxy_server::proxy_connections_text(answer(), false) ==
        "db\t12\t127.0.0.1:1\t127.0.0.1:22\t01:02:03.004Z\t0.25 ms\t10\t2000\t"
        "rst_by_fault after 1.00 ms\tslow, x\n"
        "cache\t3\t-\t-\t01:02:03.999Z\t-\t0\t0\topen\t-\n"
        "x\t4\t-\t-\t01:02:03.999Z\t-\t0\t0\trefused after 1.00 ms: lookup y: host not found\t-\n");
    CHECK(proxy_server::proxy_connections_text(json::parse(R"({"connections": []})").value(),
                                               true) == "no connections\n");
}

TEST_CASE("names and reasons of connections and leases cannot move the cursor") {
    const auto text = proxy_server::proxy_connections_text(
        json::parse(R"({"connections": [{"proxy": "a\nb", "accepted_realtime_ns": 0,
            "connection": 1, "client": "\u001b", "upstream": "", "accepted_ns": 0, "bytes_to": 0,
            "bytes_from": 0, "ended": "open", "faults": ["x\ty"], "why": "\r"}]})")
            .value(),
        false);
    CHECK(text == "a\\nb\t1\t\\x1b\t-\t00:00:00.000Z\t-\t0\t0\topen: \\r\tx\\ty\n");
    CHECK(proxy_server::changed_text(json::parse(R"({"changed": ["a\u001bb"]})").value()) ==
          "Changed a\\x1bb\n");
}

TEST_CASE("a change is sent as it stands, with the lease that the command line gives") {
    const auto plain = proxy_server::change_body(R"({"proxies": {"db": {"enabled": false}}})", "");
    REQUIRE(plain.has_value());
    CHECK(json::print(*plain) == R"({"proxies":{"db":{"enabled":false}}})");
    const auto leased = proxy_server::change_body(R"({"proxies": {}, "lease_ms": 1})", "1.5s");
    REQUIRE(leased.has_value());
    CHECK(json::print(*leased) == R"({"lease_ms":1500,"proxies":{}})");
    CHECK(problem("[]", "") ==
          R"(write a JSON object, such as {"proxies": {"db": {"enabled": false}}})");
    CHECK(problem("{", "") == problem("[]", ""));
    CHECK(problem("{}", "30") == "--lease 30: write a time of 1ms or more, such as 30s");
    CHECK(problem("{}", "0s") == "--lease 0s: write a time of 1ms or more, such as 30s");
}

TEST_CASE("what a change did is told with its lease, and leases one a line") {
    const std::string lease = R"({"id": "4", "proxies": ["a", "b"], "lease_ms": 30000, )"
                              R"("state": "in force", "left_ms": 9})";
    CHECK(proxy_server::changed_text(
              json::parse(R"({"changed": ["a", "b"], "lease": )" + lease + "}").value()) ==
          "Changed a, b\nLease 4 of a, b: in force, 9 ms of 30000 left\n");
    CHECK(proxy_server::changed_text(json::parse(R"({"changed": ["a"]})").value()) ==
          "Changed a\n");
    CHECK(
        proxy_server::leases_text(json::parse(R"({"leases": [{"id": "1", "proxies": ["a"], "state":
        "expired"}, )" + lease + "]}")
                                      .value()) ==
        "Lease 1 of a: expired\nLease 4 of a, b: in force, 9 ms of 30000 left\n");
    CHECK(proxy_server::leases_text(json::parse(R"({"leases": []})").value()) == "no leases\n");
}

}  // namespace proxy_record_text_test
