#include "injectors/proxy_server/api/upstream_check.hpp"

#include "tests/injectors/proxy_server/rig.hpp"
#include "tests/support/result.hpp"

#include <utility>
#include <vector>

namespace upstream_check_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;

TEST_CASE("an upstream may be whatever can be dialled, though nobody may know its name yet") {
    for (const std::string_view good : {"localhost:8000", "nosuch.invalid:80", "[::1]:80", ":80",
                                        "10.0.0.1:65535", "unix:/run/db.sock"}) {
        CAPTURE(good);
        CHECK(check_upstream(good));
    }
}

TEST_CASE("an upstream that can never be dialled is refused with what to write") {
    const std::string example = ": write host:port, such as localhost:5432";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"http://localhost:8000", "is a URL: write localhost:8000"},
        {"http://localhost:8000/path?x=1", "is a URL: write localhost:8000"},
        {"https://example.org", "is a URL: write example.org:443"},
        {"http://[::1]", "is a URL: write [::1]:80"},
        {"postgres://me:secret@db/app", "is a URL: write db:5432"},
        {"tcp://localhost", "is a URL" + example},
        {"http://", "is a URL" + example},
        {"localhost", "cannot be dialled (address localhost: missing port in address)" + example},
        {"localhost:http", "cannot be dialled (lookup tcp/http: unknown port)" + example},
        {"localhost:8000/path", "cannot be dialled (lookup tcp/8000/path: unknown port)" + example},
        {"localhost:0", "cannot be dialled (it has no port)" + example},
        {"unix:", "has no path from the root: write unix: and one, such as unix:/run/db.sock"},
        {"unix:db", "has no path from the root: write unix: and one, such as unix:/run/db.sock"},
        {"unix:/" + std::string(200, 'x'), "has a path of 201 bytes, the system allows 107"},
    };
    for (const auto& [upstream, why] : rows) {
        CAPTURE(upstream);
        const auto checked = check_upstream(upstream);
        REQUIRE(checked.has_error());
        CHECK(checked.error().code == ErrorCode::invalid);
        CHECK(checked.error().message == "upstream " + upstream + " " + why);
    }
}

TEST_CASE("no call takes an upstream that can never be dialled, and nothing is changed") {
    ApiRig rig;
    rig.create();
    const auto calls = rig.plane.calls;
    const auto before = rig.say("GET /proxies");
    const std::string why = "upstream http://db:1 is a URL: write db:1";
    const std::string refused = R"(","status":400)";
    CHECK(rig.say("POST /proxies", R"({"name":"two","upstream":"http://db:1"})") ==
          R"(400 {"error":")" + why + refused + "}");
    CHECK(rig.say("PATCH /proxies/one", R"({"upstream":"http://db:1"})") ==
          R"(400 {"error":")" + why + refused + "}");
    CHECK(rig.say("POST /populate", R"([{"name":"a","upstream":"a:1"},)"
                                    R"({"name":"b","upstream":"http://db:1"}])") ==
          R"(400 {"error":")" + why + " at proxy 2" + refused + R"(,"proxies":[]})");
    CHECK(rig.say("POST /gameday/change", R"({"proxies":{"one":{"upstream":"http://db:1"}}})") ==
          R"(400 {"error":"bad request body: proxies: one: upstream: )" + why + refused + "}");
    CHECK(rig.plane.calls == calls);
    CHECK(rig.say("GET /proxies") == before);
}

}  // namespace upstream_check_test
