// What all calls share: routes, headers, browsers, the token; version and metrics.
#include "injectors/proxy_server/api/api.hpp"

#include "tests/injectors/proxy_server/rig.hpp"

#include <map>
#include <vector>

namespace api_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;

namespace {

std::map<std::string, std::string> headers_of(const Response& response) {
    return {response.headers.begin(), response.headers.end()};
}

}  // namespace

TEST_CASE("errors are JSON that calls itself plain text, successes call themselves JSON") {
    ApiRig rig;
    const auto error = rig.ask("GET /proxies/x");
    CHECK(error ==
          Response{404,
                   "text/plain; charset=utf-8",
                   "{\"error\":\"proxy not found\",\"status\":404}\n",
                   {{"X-Content-Type-Options", "nosniff"}, {"X-Toxiproxy-Request-Id", "7"}}});
    CHECK(rig.ask("GET /proxies") ==
          Response{200, "application/json", "{}", {{"X-Toxiproxy-Request-Id", "7"}}});
    CHECK(rig.ask("POST /reset") == Response{204, "", "", {{"X-Toxiproxy-Request-Id", "7"}}});
}

TEST_CASE("the version is what the settings say") {
    ApiRig rig;
    rig.settings.version = "git";
    CHECK(rig.ask("GET /version") == Response{200,
                                              "application/json;charset=utf-8",
                                              "{\"version\": \"git\"}\n",
                                              {{"X-Toxiproxy-Request-Id", "7"}}});
}

TEST_CASE("gameday's own version stands beside Toxiproxy's, in a header") {
    ApiRig rig;
    rig.settings.gameday_version = "1.2.3";
    const auto response = rig.ask("GET /version");
    CHECK(response.body == "{\"version\": \"2.12.0\"}\n");
    CHECK(headers_of(response) ==
          std::map<std::string, std::string>{{"X-Gameday-Version", "1.2.3"},
                                             {"X-Toxiproxy-Request-Id", "7"}});
}

TEST_CASE("an unknown path is 404, a wrong method 405 with what is allowed") {
    ApiRig rig;
    for (const char* line :
         {"GET /", "GET /proxy", "GET /proxies/", "GET /proxies//toxics", "GET /proxies/a/toxic",
          "GET /proxies/a/toxics/", "GET /proxies/a/toxics/b/c", "GET proxies", "GET /metrics",
          "POST /metrics", "GET ", "GET /proxies/a/b", "OPTIONS *"}) {
        CAPTURE(line);
        CHECK(rig.say(line) == "404 404 page not found");
    }
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"PUT /proxies", "GET, POST"},
        {"HEAD /proxies", "GET, POST"},
        {"PUT /proxies/a", "GET, PATCH, POST, DELETE"},
        {"DELETE /proxies/a/toxics", "GET, POST"},
        {"PUT /proxies/a/toxics/b", "GET, PATCH, POST, DELETE"},
        {"GET /populate", "POST"},
        {"GET /reset", "POST"},
        {"POST /version", "GET"},
    };
    for (const auto& [line, allowed] : wrong) {
        CAPTURE(line);
        const auto response = rig.ask(line);
        CHECK(response.status == 405);
        CHECK(response.body.empty());
        CHECK(headers_of(response) == std::map<std::string, std::string>{
                                          {"Allow", allowed}, {"X-Toxiproxy-Request-Id", "7"}});
    }
}

TEST_CASE("names in paths are decoded; a broken code is a bad request") {
    ApiRig rig;
    rig.create("a b\xc3\xa9");
    CHECK(rig.ask("GET /proxies/a%20b%c3%A9").status == 200);
    CHECK(rig.ask("GET /%70roxies").status == 200);
    const std::string other = R"({"name":"a/b","listen":"127.0.0.1:3311","upstream":"db:1"})";
    CHECK(rig.ask("POST /proxies", other).status == 201);
    CHECK(rig.ask("GET /proxies/a%2Fb").status == 200);
    CHECK(rig.ask("GET /proxies/a%2fb/toxics").status == 200);
    CHECK(rig.say("GET /proxies/a%2Fc") == R"(404 {"error":"proxy not found","status":404})");
    CHECK(rig.ask("DELETE /proxies/a%2Fb").status == 204);
    CHECK(rig.book.size() == 1);
    for (const char* line : {"GET /proxies/%", "GET /proxies/%4", "GET /proxies/%zz"}) {
        CHECK(rig.say(line) == "400 400 Bad Request");
    }
}

TEST_CASE("browsers are refused before anything is done") {
    ApiRig rig;
    rig.create();
    const auto response = rig.ask(Request{.method = "DELETE",
                                          .target = "/proxies/one",
                                          .user_agent = "Mozilla/5.0 (X11; Linux x86_64)",
                                          .authorization = "",
                                          .gameday_token = "",
                                          .body = "",
                                          .id = "8"});
    CHECK(response.status == 403);
    CHECK(response.content_type == "text/plain; charset=utf-8");
    CHECK(response.body == "User agent not allowed\n");
    CHECK(headers_of(response).at("X-Toxiproxy-Request-Id") == "8");
    CHECK(rig.book.size() == 1);
}

TEST_CASE("with a token only those who send it are heard") {
    ApiRig rig;
    rig.settings.token = "secret";
    Request request;
    request.method = "GET";
    request.target = "/proxies";
    const auto status = [&](const std::string& authorization, const std::string& token) {
        request.authorization = authorization;
        request.gameday_token = token;
        return rig.ask(request).status;
    };
    CHECK(status("Bearer secret", "") == 200);
    CHECK(status("", "secret") == 200);
    CHECK(status("Bearer wrong", "secret") == 200);
    for (const char* wrong : {"", "secre", "secrets", "Secret", "secretsecret", "\0"}) {
        CAPTURE(wrong);
        CHECK(status("", wrong) == 401);
        CHECK(status("Bearer " + std::string(wrong), "") == 401);
        CHECK(status(wrong, "") == 401);
    }
    CHECK(status("Basic secret", "") == 401);
    const auto refused = rig.ask(request);
    CHECK(refused.body ==
          "{\"error\":\"token required: send the header \\\"Authorization: Bearer TOKEN\\\" or "
          "\\\"X-Gameday-Token: TOKEN\\\"\",\"status\":401}\n");
    CHECK(headers_of(refused).at("WWW-Authenticate") == "Bearer");
}

TEST_CASE("metrics are Toxiproxy's two counters, only when they are asked for") {
    ApiRig rig;
    rig.create(R"(a\"b)");  // as JSON text
    rig.plane.open_proxies.at("a\"b").traffic = {1, 2, 3, 4};
    CHECK(rig.ask("GET /metrics").status == 404);
    rig.settings.metrics = true;
    const auto response = rig.ask("GET /metrics");
    CHECK(response.content_type == "text/plain; version=0.0.4; charset=utf-8");
    const std::string rest = R"(listener="127.0.0.1:3310",proxy="a\"b",upstream="db:1"} )";
    // What is ours comes behind.
    const std::string theirs = response.body.substr(0, response.body.find("# HELP gameday_"));
    CHECK(theirs ==
          "# HELP toxiproxy_proxy_received_bytes_total \n"
          "# TYPE toxiproxy_proxy_received_bytes_total counter\n"
          "toxiproxy_proxy_received_bytes_total{direction=\"downstream\"," +
              rest +
              "3\n"
              "toxiproxy_proxy_received_bytes_total{direction=\"upstream\"," +
              rest +
              "1\n"
              "# HELP toxiproxy_proxy_sent_bytes_total \n"
              "# TYPE toxiproxy_proxy_sent_bytes_total counter\n"
              "toxiproxy_proxy_sent_bytes_total{direction=\"downstream\"," +
              rest +
              "4\n"
              "toxiproxy_proxy_sent_bytes_total{direction=\"upstream\"," +
              rest + "2\n");
}

}  // namespace api_test
