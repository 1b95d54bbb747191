// Requests about toxics and their answers, byte for byte.
#include "injectors/proxy_server/toxics/toxic_type.hpp"
#include "tests/injectors/proxy_server/rig.hpp"

#include <utility>
#include <vector>

namespace toxics_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;

namespace {

const std::string slow =
    R"({"attributes":{"latency":100,"jitter":10},"name":"slow","type":"latency",)"
    R"("stream":"upstream","toxicity":0.2})";

void add_slow(ApiRig& rig) {
    REQUIRE(rig.say("POST /proxies/one/toxics",
                    R"({"type":"latency","name":"slow","stream":"upstream","toxicity":0.2,)"
                    R"("attributes":{"latency":100,"jitter":10}})") == "200 " + slow);
}

}  // namespace

TEST_CASE("a toxic is added, shown, listed, changed and removed, and the plane follows") {
    ApiRig rig;
    rig.create();
    CHECK(rig.say("GET /proxies/one/toxics") == "200 []");
    add_slow(rig);
    CHECK(rig.plane.open_proxies.at("one").toxics == rig.book.at("one").toxics);
    CHECK(rig.say("GET /proxies/one/toxics/slow") == "200 " + slow);
    CHECK(rig.say("GET /proxies/one/toxics") == "200 [" + slow + "]");
    CHECK(rig.ask("GET /proxies/one").body.find(R"("toxics":[)" + slow + "]}") !=
          std::string::npos);
    for (const char* method : {"PATCH", "POST"}) {
        CHECK(rig.say(std::string(method) + " /proxies/one/toxics/slow",
                      R"({"attributes":{"LATENCY":7,"jitter":null},"toxicity":0.5,)"
                      R"("type":"noop","stream":"downstream","name":"other"})") ==
              R"(200 {"attributes":{"latency":7,"jitter":10},"name":"slow","type":"latency",)"
              R"("stream":"upstream","toxicity":0.5})");
        CHECK(rig.plane.open_proxies.at("one").toxics == rig.book.at("one").toxics);
    }
    CHECK(rig.say("DELETE /proxies/one/toxics/slow") == "204");
    CHECK(rig.plane.open_proxies.at("one").toxics.empty());
    CHECK(rig.say("GET /proxies/one/toxics") == "200 []");
}

TEST_CASE("every type has its attributes in Toxiproxy's order, 0 where they are not given") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"latency", R"({"latency":0,"jitter":0})"},
        {"bandwidth", R"({"rate":0})"},
        {"slow_close", R"({"delay":0})"},
        {"timeout", R"({"timeout":0})"},
        {"reset_peer", R"({"timeout":0})"},
        {"slicer", R"({"average_size":0,"size_variation":0,"delay":0})"},
        {"limit_data", R"({"bytes":0})"},
        {"noop", "{}"},
        {"blackhole", "{}"},
        {"packet_loss", R"({"loss":0})"},
        {"refuse", "{}"},
        {"hang", "{}"},
        {"never_accept", "{}"},
        {"reset_storm", R"({"count":0,"rate":0})"},
    };
    const std::vector<std::string> of_datagrams{"duplicate", "reorder"};  // udp_proxy_test.cpp
    ApiRig rig;
    rig.create();
    REQUIRE(toxic_types().size() == rows.size() + of_datagrams.size());
    for (const auto& [type, attributes] : rows) {
        CAPTURE(type);
        CHECK(rig.say("POST /proxies/one/toxics",
                      R"({"type":")" + type + R"(","attributes":null,"toxicity":null})") ==
              R"(200 {"attributes":)" + attributes + R"(,"name":")" + type +
                  R"(_downstream","type":")" + type + R"(","stream":"downstream","toxicity":1})");
    }
    CHECK(rig.plane.open_proxies.at("one").toxics.size() == rows.size());
    for (const auto& type : of_datagrams) {
        CAPTURE(type);
        CHECK(rig.ask("POST /proxies/one/toxics", R"({"type":")" + type + R"("})").status == 400);
    }
}

TEST_CASE("toxics of upstream come first, each stream in order of adding") {
    ApiRig rig;
    rig.create();
    for (const char* body :
         {R"({"type":"noop","name":"d1"})", R"({"type":"noop","name":"u1","stream":"upstream"})",
          R"({"type":"noop","name":"d2"})", R"({"type":"noop","name":"u2","stream":"UpStream"})"}) {
        REQUIRE(rig.ask("POST /proxies/one/toxics", body).status == 200);
    }
    std::string order;
    for (const Toxic& toxic : rig.plane.open_proxies.at("one").toxics) order += toxic.name + " ";
    CHECK(order == "u1 u2 d1 d2 ");
}

TEST_CASE("what Toxiproxy does not validate is accepted") {
    ApiRig rig;
    rig.create();
    CHECK(rig.say("POST /proxies/one/toxics",
                  R"({"type":"latency","toxicity":7,"attributes":{"latency":-5,"speed":"x"}})") ==
          R"(200 {"attributes":{"latency":-5,"jitter":0},"name":"latency_downstream",)"
          R"("type":"latency","stream":"downstream","toxicity":7})");
}

TEST_CASE("each wrong toxic has its error, and none is added") {
    const std::string decode = "bad request body: json: cannot unmarshal ";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "400 bad request body: EOF"},
        {"{]",
         "400 bad request body: invalid character ']' looking for beginning of object key "
         "string"},
        {"[]", "400 " + decode + "array into Go value of type toxics.ToxicWrapper"},
        {R"({"type":3})", "400 " + decode +
                              "number into Go struct field ToxicWrapper.type of type "
                              "string"},
        {R"({"type":"latency","toxicity":"1"})",
         "400 " + decode + "string into Go struct field ToxicWrapper.toxicity of type float32"},
        {R"({"type":"latency","toxicity":1e40})",
         "400 " + decode +
             "number 1e40 into Go struct field ToxicWrapper.toxicity of type "
             "float32"},
        {R"({"type":"latency","attributes":5})",
         "400 " + decode +
             "number into Go struct field ToxicWrapper.attributes of type "
             "toxics.NoopToxic"},
        {R"({"type":"latency","attributes":{"latency":1.5}})",
         "400 " + decode +
             "number 1.5 into Go struct field LatencyToxic.attributes.latency of "
             "type int64"},
        {R"({"type":"latency","attributes":{"latency":1e3}})",
         "400 " + decode +
             "number 1e3 into Go struct field LatencyToxic.attributes.latency of "
             "type int64"},
        {R"({"type":"reset_peer","attributes":{"timeout":"5"}})",
         "400 " + decode +
             "string into Go struct field ResetToxic.attributes.timeout of type "
             "int64"},
        {R"({"type":"slicer","attributes":{"average_size":true}})",
         "400 " + decode +
             "bool into Go struct field SlicerToxic.attributes.average_size of "
             "type int"},
        {R"({"type":"limit_data","attributes":{"bytes":9223372036854775808}})",
         "400 " + decode +
             "number 9223372036854775808 into Go struct field "
             "LimitDataToxic.attributes.bytes of type int64"},
        {R"({"type":"latency","stream":"sideways"})",
         "400 stream was invalid, can be either upstream or downstream"},
        {R"({"type":"nothing","stream":""})",
         "400 stream was invalid, can be either upstream or downstream"},
        {R"({"type":"nothing"})", "400 invalid toxic type"},
        {R"({"name":"x"})", "400 invalid toxic type"},
        {"null", "400 invalid toxic type"},
        {R"({"type":"noop","name":"slow"})", "409 toxic already exists"},
    };
    ApiRig rig;
    rig.create();
    add_slow(rig);
    for (const auto& [body, error] : rows) {
        CAPTURE(body);
        const std::string status = error.substr(0, 3);
        CHECK(rig.say("POST /proxies/one/toxics", body) ==
              status + R"( {"error":")" + error.substr(4) + R"(","status":)" + status + "}");
    }
    CHECK(rig.say("GET /proxies/one/toxics") == "200 [" + slow + "]");
}

TEST_CASE("an update of a toxic that cannot be read changes nothing") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "EOF"},
        {"7", R"(json: cannot unmarshal number into Go value of type struct { Attributes )"
              R"(interface {} \"json:\\\"attributes\\\"\"; Toxicity float32 )"
              R"(\"json:\\\"toxicity\\\"\" })"},
        {R"({"toxicity":"x"})",
         "json: cannot unmarshal string into Go struct field .toxicity of type float32"},
        {R"({"attributes":[]})",
         "json: cannot unmarshal array into Go struct field .attributes of type "
         "toxics.LatencyToxic"},
        {R"({"toxicity":1,"attributes":{"jitter":3,"latency":0.5}})",
         "json: cannot unmarshal number 0.5 into Go struct field LatencyToxic.attributes.latency "
         "of type int64"},
    };
    ApiRig rig;
    rig.create();
    add_slow(rig);
    const auto calls = rig.plane.calls;
    for (const auto& [body, error] : rows) {
        CAPTURE(body);
        CHECK(rig.say("PATCH /proxies/one/toxics/slow", body) ==
              R"(400 {"error":"bad request body: )" + error + R"(","status":400})");
    }
    CHECK(rig.say("GET /proxies/one/toxics/slow") == "200 " + slow);
    CHECK(rig.plane.calls == calls);
    CHECK(rig.say("PATCH /proxies/one/toxics/slow", "null") == "200 " + slow);
}

TEST_CASE("a toxic or proxy that is not there is not found") {
    ApiRig rig;
    rig.create();
    for (const char* line : {"GET /proxies/two/toxics", "POST /proxies/two/toxics",
                             "GET /proxies/two/toxics/x", "PATCH /proxies/two/toxics/x",
                             "POST /proxies/two/toxics/x", "DELETE /proxies/two/toxics/x"}) {
        CAPTURE(line);
        CHECK(rig.say(line, "{}") == R"(404 {"error":"proxy not found","status":404})");
    }
    for (const char* line : {"GET /proxies/one/toxics/x", "PATCH /proxies/one/toxics/x",
                             "POST /proxies/one/toxics/x", "DELETE /proxies/one/toxics/x"}) {
        CAPTURE(line);
        CHECK(rig.say(line, "{}") == R"(404 {"error":"toxic not found","status":404})");
    }
}

TEST_CASE("toxics of a proxy that is not enabled wait for it") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("PATCH /proxies/one", R"({"enabled":false})").status == 200);
    rig.plane.calls.clear();
    add_slow(rig);
    CHECK(rig.plane.calls.empty());
    REQUIRE(rig.ask("PATCH /proxies/one", R"({"enabled":true})").status == 200);
    CHECK(rig.plane.open_proxies.at("one").toxics.size() == 1);
}

}  // namespace toxics_test
