// What a scenario may say of a request: whatever a server would answer with 400, or what would be
// sent otherwise than it reads, is refused with what to write.
#include "harness/drivers/http/pages.hpp"
#include "harness/drivers/http/remote.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <tuple>

using namespace gameday;
using namespace gameday::drivers;

namespace {

Params params_of(std::string_view text) {
    const auto parsed = json::parse(text);
    REQUIRE(parsed.has_value());
    return *parsed->as<Params>();
}

Result<Templates> compiled(std::string_view text) {
    return compile_templates(params_of(text), Topology{}, Endpoint{"127.0.0.1", 80});
}

std::string refusal(std::string_view text) {
    const auto templates = compiled(text);
    return templates ? "" : templates.error().message;
}

std::string page_refusal(const PageSpec& page) {
    const auto compiled = compile_page(page, "h:80");
    return compiled ? "" : compiled.error().message;
}

std::string read_request(std::string_view text) {
    const auto templates = compiled(text);
    INFO((templates ? "" : templates.error().message));
    REQUIRE(templates.has_value());
    std::string out, scratch;
    render(templates->read, {Verb::read, 7, 0}, out, scratch);
    return out;
}

}  // namespace

TEST_CASE("a Host header of the user's takes the place of the usual one") {
    CHECK(read_request(R"({"read": {"headers": {"host": "shop.example", "X-A": "{key}"}}})") ==
          "GET /kv/7 HTTP/1.1\r\nHost: shop.example\r\nX-A: 7\r\n\r\n");
}

TEST_CASE("headers that say where a message ends are refused, and so are broken ones") {
    const std::vector<std::pair<const char*, const char*>> table{
        {R"({"Content-Length": "3"})",
         "read/headers: \"Content-Length\" is counted from the body by gameday itself: remove it"},
        {R"({"transfer-encoding": "chunked"})",
         "read/headers: \"transfer-encoding\": the body is sent whole, with its length: remove it"},
        {R"({"X A": "3"})",
         "read/headers: \"X A\" is not the name of a header, write for example \"X-Trace\""},
        {R"({"X-A": "1\r\nX-B: 2"})", "read/headers: \"X-A\" is not a text on one line"},
        {R"({"X-A": 3})", "read/headers: \"X-A\" is not a text on one line"},
        {R"({"Host": "a", "host": "b"})",
         "read/headers: \"host\" stands twice, in two cases: remove one"},
        {R"({"X-A": "{keys}"})",
         "read/headers: \"X-A\": {keys} stands for nothing, write {key}, {value}, {key_base64} or "
         "{value_base64}"}};
    for (const auto& [headers, wanted] : table) {
        CHECK(refusal(fmt::format(R"({{"read": {{"headers": {}}}}})", headers)) == wanted);
    }
}

TEST_CASE("a method or path that no server understands is refused with what to write") {
    const std::vector<std::pair<const char*, const char*>> table{
        {R"("method": "GE T")", "read/method: \"GE T\" is not a method, write \"GET\""},
        {R"("method": "get")",
         "read/method: \"get\" is not \"GET\" to a server, write it in capitals"},
        {R"("method": "CONNECT")",
         "read/method: CONNECT opens a tunnel, write for example \"GET\""},
        {R"("path": "kv/{key}")",
         "read/path: \"kv/{key}\" does not begin with /, write \"/kv/{key}\""},
        {R"("path": "/a b")", "read/path: has a blank in it, write %20 for it"},
        {R"("path": "/a\nb")", "read/path: has a line break in it, write %0A for it"},
        {R"("path": "/ä")", "read/path: has a letter beyond ASCII in it, write %C3 for it"},
        {R"("path": "/a#b")", "read/path: has a #, which no client sends: remove it and the rest"},
        {R"("path": "/kv/{keys}")",
         "read/path: {keys} stands for nothing, write {key}, {value}, {key_base64} or "
         "{value_base64}"},
        {"\"body\": \"{\\\"id\\\": {keys}}\"",
         "read/body: {keys} stands for nothing, write {key}, {value}, {key_base64} or "
         "{value_base64}"}};
    for (const auto& [field, wanted] : table) {
        CHECK(refusal(fmt::format(R"({{"read": {{{}}}}})", field)) == wanted);
    }
    // Braces are common in bodies.
    CHECK(refusal(R"({"read": {"body": "query {hero{name}}"}})").empty());
}

TEST_CASE("a check or probe is refused as an operation is, and knows no key") {
    CHECK(page_refusal({"GET", "health"}) ==
          "path: \"health\" does not begin with /, write \"/health\"");
    CHECK(page_refusal({"GE T", "/a b"}) ==
          "method: \"GE T\" is not a method, write \"GET\"\n"
          "path: has a blank in it, write %20 for it");
    PageSpec whole_address;
    whole_address.path = "http://a/b";
    CHECK(page_refusal(whole_address) ==
          "path: \"http://a/b\" is a whole address, write the path alone, such as \"/health\"");
    CHECK(page_refusal({"GET", "/kv/{key}"}) ==
          "path: {key} has no meaning here, where no key is asked for: remove it");
    CHECK(page_refusal({"GET", "/", {}, {{"Content-Length", "1"}}}) ==
          "headers: \"Content-Length\" is counted from the body by gameday itself: remove it");
    CHECK(page_refusal({"GET", "/", {}, {}, {{"equals", Params{{"status", "up"}}}}}) ==
          "expect: equals: \"status\" is not a location, write a JSON pointer \"/a/b\", "
          "\"header:Name\" or \"body\"");
    CHECK(page_refusal({"GET", "/", {}, {}, {{"equal", Params{}}}}) ==
          "expect: equal: is not known here, did you mean \"equals\"?");
}

TEST_CASE("a page carries its headers, its body and who is asked") {
    const auto page = compile_page({"POST", "/up", "{}", {{"Authorization", "Bearer x"}}}, "h:80");
    REQUIRE(page.has_value());
    CHECK(page->text ==
          "POST /up HTTP/1.1\r\nHost: h:80\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n"
          "Connection: close\r\n\r\n{}");
}

TEST_CASE("what is expected of an answer, and what is said of one that is not so") {
    const auto wanted = [](std::string_view text) {
        std::vector<std::string> problems;
        auto expectation = read_expectation(
            params_of(text), [&](const std::string& problem) { problems.push_back(problem); });
        CHECK(problems.empty());
        return expectation;
    };
    constexpr std::string_view body =
        R"({"data": {"n": 1}, "errors": null, "status": "ok", "version": "14.2", "n": 3})";
    const std::vector<std::string> names{"X-Cache"}, headers{"HIT, east"};
    const auto what = [&](std::string_view expect, std::string_view text) {
        return missed(wanted(expect), Answer{200, text, headers, names});
    };
    for (const char* met :
         {"{}", R"({"status": [200, 204]})", R"({"present": ["/data", "/data/n"]})",
          R"({"absent": ["/errors", "/nothing"]})", R"({"equals": {"/status": "ok", "/n": 3}})",
          R"({"matches": {"/version": "14.*", "header:x-cache": "HIT*"}})",
          R"({"contains": {"body": "\"ok\"", "header:X-Cache": "east"}})"}) {
        INFO(met);
        CHECK(what(met, body).empty());
    }
    CHECK(what(R"({"status": [204]})", body) == "HTTP 200");
    CHECK(what(R"({"absent": ["/errors"]})", R"({"errors": [{"message": "no"}]})") ==
          "/errors is there");
    CHECK(what(R"({"present": ["/data"]})", R"({"errors": []})") == "/data is missing");
    CHECK(what(R"({"equals": {"/status": "ok"}})", R"({"status": "starting"})") ==
          "/status is \"starting\", not \"ok\"");
    CHECK(what(R"({"matches": {"/version": "15.*"}})", body) ==
          "/version is \"14.2\", which does not match \"15.*\"");
    CHECK(what(R"({"contains": {"body": "maintenance"}})", body) ==
          "body does not contain \"maintenance\"");
    CHECK(what(R"({"absent": ["/errors"]})", "<html>") == "/errors: no JSON");
    CHECK(what(R"({"equals": {"/data": "x"}})", body) == "/data is an object or a list");
}

TEST_CASE("where a redirect leads, and the same request sent there") {
    CHECK(read_redirect("http://a:81/x?y=1#z")->host == "a:81");
    CHECK(read_redirect("http://a:81/x?y=1#z")->path == "/x?y=1");
    CHECK(read_redirect("http://a")->path == "/");
    CHECK(!read_redirect("http://a")->encrypted);
    CHECK(read_redirect("https://a:81/x")->encrypted);
    CHECK(read_redirect("https://a:81/x")->host == "a:81");
    CHECK(read_redirect("/x")->host.empty());
    for (const char* wrong : {"", "x", "//a/b", "https:///b", "http:///b", "/a b", "ftp://a/b"}) {
        INFO(wrong);
        CHECK(!read_redirect(wrong).has_value());
    }
    CHECK(led_on("PUT /kv/1 HTTP/1.1\r\nHost: a:80\r\nX-A: 1\r\nContent-Length: 1\r\n\r\n7", "/k/1",
                 "b:81") ==
          "PUT /k/1 HTTP/1.1\r\nHost: b:81\r\nX-A: 1\r\nContent-Length: 1\r\n\r\n7");
    CHECK(led_on("GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", "/x", "") ==
          "GET /x HTTP/1.1\r\nHost: a:80\r\n\r\n");
}
