#include "injectors/devices/proxy/http/fault_params.hpp"

#include "harness/json/json.hpp"
#include "injectors/devices/proxy/http/answer.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace gameday::testing::fault_params_test {

namespace {

namespace http = devices::proxy::http;

Params object(const std::string& text) {
    const auto value = json::parse(text);
    REQUIRE(value.has_value());
    return *value->as<Params>();
}

std::string mistakes(const std::string& text) {
    const auto fault = http::read_fault(object(text));
    return fault ? "" : fault.error().message;
}

}  // namespace

TEST_CASE("A fault that is read is written as it was") {
    for (const std::string text : {
             R"({"status":503})",
             R"({"body":"no","name":"x","status":418})",
             R"({"headers":{"Location":"http://b/","Retry-After":"5"},"status":307})",
             R"({"delay":"20ms","delay_after":0,"jitter":"5ms","rate":"1000B"})",
             R"({"truncate_after":0,"truncate_with":"reset"})",
             R"({"garble_header":"ETag","replace_header":"X-A: b c"})",
             R"({"every":3,"first":9,"header":"X-User: a*","method":["GET","PUT"],)"
             R"("path":"/api/*","share":0.5,"status":500})",
         }) {
        const auto fault = http::read_fault(object(text));
        INFO(text);
        REQUIRE(fault.has_value());
        CHECK(json::print(Value(http::params_of(*fault))) == text);
    }
    const auto fault = http::read_fault(object(R"({"method":"GET","rate":"8Kbit"})"));
    REQUIRE(fault.has_value());
    CHECK(fault->methods == std::vector<std::string>{"GET"});
    CHECK(fault->rate == 1000);
}

TEST_CASE("An answer carries the headers that were asked for, and its type only once") {
    const http::Answer answer{
        503, "{}", {{"content-type", "application/json"}, {"Retry-After", "5"}}};
    CHECK(http::answer_text(answer, "down", {}) ==
          "HTTP/1.1 503 Service Unavailable\r\nX-Gameday-Fault: down\r\nContent-Length: 2\r\n"
          "content-type: application/json\r\nRetry-After: 5\r\n\r\n{}");
}

TEST_CASE("A fault that makes no sense is refused with what to write instead") {
    struct Row {
        std::string text, says;
    };
    const std::vector<Row> rows{
        {R"({})",
         "status: is missing, or another effect: write \"status\", \"delay\", "
         "\"truncate_after\", \"rate\", \"replace_header\" or \"garble_header\""},
        {R"({"status":99})", "status: 99 is not a final status, write 200 to 599"},
        {R"({"status":600})", "status: 600 is not a final status, write 200 to 599"},
        {R"({"status":204,"body":"x"})", "body: is never sent with status 204, leave it out"},
        {R"({"headers":{"A":"x"}})", "headers: are those of an answer, write a \"status\" as well"},
        {R"({"status":503,"headers":{"A b":"x"}})",
         "headers: \"A b\" is not a header with a text on one line, write for example "
         "{\"Retry-After\": \"5\"}"},
        {R"({"status":503,"headers":{"A":"x","a":"y"}})",
         "headers: \"a\" stands twice, in two cases"},
        {R"({"status":503,"headers":{"transfer-encoding":"chunked"}})",
         "headers: \"transfer-encoding\" is written by the proxy itself, remove it"},
        {R"({"body":"x"})", "body: is that of an answer, write a \"status\" as well"},
        {R"({"status":503,"rate":"1KB"})",
         "rate: is about the upstream's response, and \"status\" has none: write two faults, or "
         "leave one of them out"},
        {R"({"delay":"0s"})", "delay: is no delay, write for example \"100ms\""},
        {R"({"delay":5})", "delay: 5 has no unit, write \"5s\" or \"5ms\""},
        {R"({"delay":"1ms","jitter":"2ms"})", "jitter: is more than the delay, write less"},
        {R"({"status":500,"delay":"1s","delay_after":1})",
         "delay_after: is about the upstream's response, and \"status\" has none: write two "
         "faults, or leave one of them out"},
        {R"({"rate":"1KB","delay_after":1})",
         "delay_after: says where a delay comes, write a \"delay\" as well"},
        {R"({"rate":"0B"})", "rate: lets nothing pass, write for example \"1KiB\""},
        {R"({"rate":"1KB","truncate_with":"reset"})",
         "truncate_with: says how a cut body ends, write \"truncate_after\" as well"},
        {R"({"replace_header":"ETag"})",
         "replace_header: is not a header, write for example \"ETag: other\""},
        {"{\"replace_header\":\"A: b\\r\\nC: d\"}",
         "replace_header: is not a header, write for example \"ETag: other\""},
        {R"({"garble_header":"A: b"})",
         "garble_header: is not a header's name, write for example \"ETag\""},
        {R"({"status":500,"method":"GE T"})", "method: is not a method, write for example \"GET\""},
        {R"({"status":500,"path":"/a?b"})",
         "path: has a query, which is not compared: leave out \"?\" and what follows"},
        {R"({"status":500,"header":" : x"})",
         "header: is not a header, write \"Name\" or \"Name: value\""},
        {R"({"status":500,"share":2})", "share: 2 is not a share, write 0 to 1"},
        {R"({"status":500,"every":0})", "every: is none, write 1 or more"},
        {R"({"stats":500})", "stats: is not known here, did you mean \"status\"?"},
        {"{\"status\":500,\"name\":\"a\\nb\"}", "name: has letters that no header can carry"},
    };
    for (const auto& [text, says] : rows) {
        INFO(text);
        CHECK(mistakes(text) == says);
    }
}

}  // namespace gameday::testing::fault_params_test
