#include "injectors/proxy_server/api/address.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace address_test {

using namespace gameday;
using namespace gameday::proxy_server;

TEST_CASE("addresses are read as Go reads them") {
    const std::vector<std::pair<std::string, Endpoint>> rows{
        {"", {"", 0}},
        {":0", {"", 0}},
        {":3310", {"", 3310}},
        {"localhost:", {"localhost", 0}},
        {"localhost:3310", {"localhost", 3310}},
        {"[::1]:80", {"::1", 80}},
        {"127.0.0.1:65535", {"127.0.0.1", 65535}},
    };
    for (const auto& [text, address] : rows) {
        CAPTURE(text);
        CHECK(read_address(text).value() == address);
    }
}

TEST_CASE("what is no address is told in Go's words") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"local373", "address local373: missing port in address"},
        {"::1:80", "address ::1:80: too many colons in address"},
        {"[::1", "address [::1: missing ']' in address"},
        {"[::1]", "address [::1]: missing port in address"},
        {"[::1]80:1", "address [::1]80:1: missing port in address"},
        {"[::1]:80:1", "address [::1]:80:1: too many colons in address"},
        {"[a[b]:1", "address [a[b]:1: unexpected '[' in address"},
        {"a]b:1", "address a]b:1: unexpected ']' in address"},
        {"localhost:http", "lookup tcp/http: unknown port"},
        {"localhost:70000", "address 70000: invalid port"},
    };
    for (const auto& [text, error] : rows) {
        CAPTURE(text);
        const auto read = read_address(text);
        REQUIRE(read.has_error());
        CHECK(read.error().message == error);
    }
}

TEST_CASE("ways to write one address become the same, those of another do not") {
    const auto text = [](std::string_view address) {
        return plain(read_address(address).value()).text();
    };
    CHECK(text("localhost:7070") == "127.0.0.1:7070");
    CHECK(text(":7070") == "[::]:7070");
    CHECK(text("0.0.0.0:7070") == "[::]:7070");
    CHECK(text("[0:0::1]:7070") == "[::1]:7070");
    CHECK(text("db.test:7070") == "db.test:7070");
    CHECK(text("127.0.0.2:7070") == "127.0.0.2:7070");
}

TEST_CASE("only this machine's own addresses are loopback") {
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "0:0::1"}) {
        CAPTURE(host);
        CHECK(is_loopback(host));
    }
    for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "127.example.org", "db", "::2"}) {
        CAPTURE(host);
        CHECK_FALSE(is_loopback(host));
    }
}

}  // namespace address_test
