#include "harness/drivers/common/base64.hpp"
#include "harness/drivers/http/location.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::drivers;

namespace {

Topology two_regions() {
    Topology topology;
    topology.regions = {{RegionId(0), "east", {NodeId(0)}}, {RegionId(1), "west", {NodeId(1)}}};
    topology.nodes = {{NodeId(0), "east-1", RegionId(0), "", "local", {}, {}},
                      {NodeId(1), "west-1", RegionId(1), "", "local", {}, {}}};
    return topology;
}

Result<Templates> compile(std::string_view text) {
    const auto params = json::parse(text);
    REQUIRE(params.has_value());
    return compile_templates(*params->as<Params>(), two_regions(), Endpoint{"127.0.0.1", 80});
}

std::string rendered(const Templates& templates, const Request& request) {
    std::string out, scratch;
    render(templates.of(request.verb), request, out, scratch);
    return out;
}

Reply read(const Templates& templates, Verb verb, unsigned status, std::string_view body,
           std::vector<std::string> headers = {}) {
    headers.resize(templates.headers.size());
    std::string words;
    Reply reply = read_answer(templates, ReadContext{verb, NodeId(0)},
                              Answer{status, body, headers, templates.headers}, words);
    reply.detail = reply.sample = {};  // they do not outlive this
    return reply;
}

constexpr std::string_view json_api = R"({
  "read": {"method": "POST", "path": "/v3/kv/range", "body": "{\"key\":\"{key_base64}\"}",
           "value": "/kvs/0/value", "version": "/kvs/0/mod_revision", "encoding": "base64",
           "served_by": "/header/member_id"},
  "write": {"method": "POST", "path": "/v3/kv/put",
            "body": "{\"key\":\"{key_base64}\",\"value\":\"{value_base64}\"}",
            "version": "/header/revision", "served_by": "/header/member_id"},
  "served_by_names": {"8468196693652794616": "west-1", "61": "east"}})";

constexpr std::string_view regions = R"({
  "read": {"value": "/value", "version": "/version", "served_by": "header:X-Served-By",
           "rejected": [421], "absent": [404]},
  "write": {"version": "/version", "served_by": "header:X-Served-By", "rejected": [421, 409],
            "headers": {"X-Trace": "on"}}})";

}  // namespace

TEST_CASE("base64 agrees with the examples of RFC 4648 section 10") {
    const std::vector<std::pair<std::string, std::string>> table{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : table) {
        std::string out;
        append_base64(out, plain);
        CHECK(out == coded);
        CHECK(decode_base64(coded) == plain);
    }
    for (const char* wrong : {"Z", "Zg=", "Z===", "Zg==Zg==", "Zm9*", "Zg=v", "===="}) {
        CHECK(!decode_base64(wrong).has_value());
    }
}

TEST_CASE("the skimmer and the JSON library find the same at every pointer") {
    const std::vector<std::string> documents{
        R"({"value":"12","version":5})",
        R"( { "a" : [ {"b":"x"}, [1, 2, {"c": 9}], "s" ], "version" : 77 } )",
        R"({"skip":{"value":"no","n":[{},[],"}]"]},"value":"yes","t":true,"z":null})",
        R"({"esc\"aped":1,"value":"a\u0041b","version":-3,"real":1.5})",
        "[]",
        "{}",
        "3",
        "\"x\""};
    const std::vector<std::string> pointers{
        "/value", "/version", "/a/0/b", "/a/1/2/c", "/a/2", "/a/9",       "/a/x",       "/t",
        "/z",     "/real",    "/skip",  "/skip/n",  "/0",   "/esc\"aped", "/skip/value"};
    for (const auto& document : documents) {
        const auto root = json::parse(document);
        REQUIRE(root.has_value());
        for (const auto& pointer : pointers) {
            const auto path = parse_location(pointer)->path;
            // The oracle: walk the tree step by step.
            const Value* here = &*root;
            for (const auto& step : path) {
                if (here == nullptr) break;
                const auto* list = here->as<List>();
                const auto index = parse_number(step);
                if (list != nullptr) {
                    here = index && *index < list->size() ? &(*list)[*index] : nullptr;
                } else {
                    here = here->find(step);
                }
            }
            const Found found = find_in_json(document, path);
            INFO(document << " at " << pointer);
            if (here == nullptr || here->is_null()) {
                CHECK(found.what == Found::What::absent);
            } else if (const auto* text = here->as<std::string>()) {
                CHECK(found == Found{Found::What::text, *text});
            } else if (here->as<List>() != nullptr || here->as<Params>() != nullptr) {
                CHECK(found.what == Found::What::tree);
            } else {
                CHECK(found == Found{Found::What::text, json::print(*here)});
            }
        }
    }
    for (const char* wrong : {"", "<html>", "{\"value\":", "{\"a\":1", "nonsense", "{\"value\":12",
                              "{\"value\":\"12\"", "{\"value\":12}}", "{\"value\":12,}",
                              "{\"value\":012}", "{\"value\":1 2}", "{\"value\":12,\"value\":13}",
                              "{\"a\":[1,2},\"value\":12}", "{\"value\":12,\"b\":nul}"}) {
        INFO(wrong);
        CHECK(find_in_json(wrong, {"value"}).what == Found::What::malformed);
    }
}

TEST_CASE("requests are rendered byte for byte") {
    const auto reference = compile(regions);
    REQUIRE(reference.has_value());
    CHECK(rendered(*reference, {Verb::read, 7, 0}) ==
          "GET /kv/7 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n");
    CHECK(
        rendered(*reference, {Verb::write, 7, 123}) ==
        "PUT /kv/7 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nX-Trace: on\r\nContent-Length: 3\r\n\r\n123");
    const auto gateway = compile(json_api);
    REQUIRE(gateway.has_value());
    // base64("12") = MTI=, base64("345") = MzQ1; the body is 29 bytes long.
    CHECK(rendered(*gateway, {Verb::write, 12, 345}) ==
          "POST /v3/kv/put HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Length: 29\r\n\r\n"
          "{\"key\":\"MTI=\",\"value\":\"MzQ1\"}");
}

TEST_CASE("answers of the reference regions mean what the outcome table says") {
    const auto templates = compile(regions);
    REQUIRE(templates.has_value());
    using O = Outcome;
    using C = Cause;
    const auto both = [&](Verb verb, unsigned status, std::string_view body = "{}") {
        const Reply reply = read(*templates, verb, status, body);
        return std::pair(reply.outcome, reply.cause);
    };
    CHECK(both(Verb::write, 200, R"({"version":3})") == std::pair(O::ok, C::none));
    CHECK(both(Verb::write, 421) == std::pair(O::failed, C::rejected));
    CHECK(both(Verb::write, 503) == std::pair(O::unknown, C::server_error));
    CHECK(both(Verb::write, 404) == std::pair(O::unknown, C::unexpected));
    CHECK(both(Verb::write, 200, "<html>") == std::pair(O::unknown, C::malformed));
    CHECK(both(Verb::write, 200, R"({"version":"x"})") == std::pair(O::unknown, C::malformed));
    CHECK(both(Verb::read, 200, R"({"value":"3","version":3})") == std::pair(O::ok, C::none));
    CHECK(both(Verb::read, 404, "") == std::pair(O::ok, C::none));
    CHECK(both(Verb::read, 421) == std::pair(O::failed, C::rejected));
    CHECK(both(Verb::read, 503) == std::pair(O::failed, C::server_error));
    CHECK(both(Verb::read, 200, R"({"value":"abc"})") == std::pair(O::failed, C::malformed));

    Reply expected{O::ok, C::none, 9, 1099511627777, NodeId(1)};
    CHECK(read(*templates, Verb::read, 200, R"({"value":"9","version":1099511627777})",
               {"west-1"}) == expected);
    CHECK(!read(*templates, Verb::read, 404, "", {""}).served_by.known());
    CHECK(read(*templates, Verb::read, 404, "", {"stranger"}).served_by == unrecognised_node);
}

TEST_CASE("a status says that a key is absent only where that is declared") {
    const auto plain = compile(R"({"read": {"value": "/value"}})");
    REQUIRE(plain.has_value());
    const Reply reply = read(*plain, Verb::read, 404, "not found");
    CHECK(reply.outcome == Outcome::failed);
    CHECK(reply.cause == Cause::unexpected);
    const auto declared = compile(R"({"read": {"value": "/value", "absent": [404, 410]}})");
    REQUIRE(declared.has_value());
    CHECK(read(*declared, Verb::read, 410, "gone") ==
          Reply{Outcome::ok, Cause::none, 0, 0, NodeId(), true});
}

TEST_CASE("what is no number is foreign where others wrote it, and else malformed") {
    const auto templates = compile(R"({"read": {"value": "body"}})");
    REQUIRE(templates.has_value());
    const auto reply = [&](std::string_view body, bool foreign) {
        std::string words;
        Reply read = read_answer(*templates, ReadContext{Verb::read, NodeId(0), foreign},
                                 Answer{200, body, {}, {}}, words);
        read.detail = read.sample = {};
        return read;
    };
    CHECK(reply("a7c9", true) == Reply{Outcome::ok, Cause::none, foreign_value, 0, NodeId()});
    CHECK(reply("12", true) == Reply{Outcome::ok, Cause::none, 12, 0, NodeId()});
    CHECK(reply("a7c9", false).cause == Cause::malformed);
}

TEST_CASE("blanks and line breaks around a number or a name do not matter") {
    const auto templates = compile(R"({"read": {"value": "body", "served_by": "header:X-Who"}})");
    REQUIRE(templates.has_value());
    for (const char* body : {"12", "12\n", " \t12\r\n"}) {
        CHECK(read(*templates, Verb::read, 200, body, {" west-1 "}) ==
              Reply{Outcome::ok, Cause::none, 12, 0, NodeId(1)});
    }
    CHECK(read(*templates, Verb::read, 200, "1 2").cause == Cause::malformed);
}

TEST_CASE("answers of a JSON API are read through base64 and numbers in strings") {
    const auto templates = compile(json_api);
    REQUIRE(templates.has_value());
    const Reply found = read(*templates, Verb::read, 200,
                             R"({"header":{"member_id":"8468196693652794616","revision":"9"},)"
                             R"("kvs":[{"key":"MTI=","mod_revision":"8","value":"MzQ1"}]})");
    CHECK(found == Reply{Outcome::ok, Cause::none, 345, 8, NodeId(1)});
    const Reply absent =
        read(*templates, Verb::read, 200, R"({"header":{"member_id":"61","revision":"9"}})");
    CHECK(absent == Reply{Outcome::ok, Cause::none, 0, 0, NodeId(0)});
    const Reply written =
        read(*templates, Verb::write, 200, R"({"header":{"member_id":"61","revision":"10"}})");
    CHECK(written == Reply{Outcome::ok, Cause::none, 0, 10, NodeId(0)});
}

TEST_CASE("without a place for served_by nobody is assumed to have served") {
    const auto templates = compile("{}");
    REQUIRE(templates.has_value());
    CHECK(read(*templates, Verb::read, 200, "anything") ==
          Reply{Outcome::ok, Cause::none, 0, 0, NodeId()});
    const auto direct = compile(R"({"read": {"served_by": "connection"}})");
    REQUIRE(direct.has_value());
    CHECK(read(*direct, Verb::read, 200, "anything") ==
          Reply{Outcome::ok, Cause::none, 0, 0, NodeId(0)});
}

TEST_CASE("an answer that is no JSON where a place in it is declared is malformed") {
    const auto templates = compile(R"({"write": {"served_by": "/node"}})");
    REQUIRE(templates.has_value());
    CHECK(read(*templates, Verb::write, 200, R"({"ok": 1})").outcome == Outcome::ok);
    for (const char* body : {"<html>Down for maintenance</ht", R"({"ok": true,)", ""}) {
        const Reply reply = read(*templates, Verb::write, 200, body);
        CHECK(reply.cause == Cause::malformed);
        CHECK(reply.outcome == Outcome::unknown);
    }
}

TEST_CASE("a variable of the environment that nobody has expanded is no place") {
    CHECK(compile(R"({"read": {"headers": {"Authorization": "Bearer ${TOKEN}"}}})").has_value());
    const auto wrong = compile(R"({"read": {"headers": {"Authorization": "Bearer {TOKEN}"}}})");
    CHECK_FALSE(wrong.has_value());
}

TEST_CASE("all wrong template fields are reported at once") {
    const auto wrong = compile(R"({"read": {"path": "kv", "value": "value", "okay": [200]},
                                   "write": {"ok": "yes", "headers": {"A": "b\r\nC: d"}},
                                   "served_by_names": {"x": "mars"}, "rite": {}})");
    REQUIRE(!wrong.has_value());
    const std::string& text = wrong.error().message;
    for (const char* part : {"read/path", "read/value", "read/okay", "write/ok", "write/headers",
                             "served_by_names", "rite"}) {
        INFO(text);
        CHECK(text.find(part) != std::string::npos);
    }
}
