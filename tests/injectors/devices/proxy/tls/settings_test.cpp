// The key "tls" as a value: what may be written, what is said to the rest, and that a change is of
// the keys in it.
#include "injectors/devices/proxy/tls/settings.hpp"

#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace gameday::testing::settings_test {

namespace {

namespace tls = devices::proxy::tls;

Result<tls::Settings> read(const std::string& text, tls::Settings so_far = {}) {
    const auto json = json::parse(text);
    REQUIRE(json.has_value());
    return tls::read_settings(*json->as<Params>(), std::move(so_far));
}

const std::string ca = R"("terminate":{"ca":{"certificate":"ca.pem","key":"ca.key"}})";

}  // namespace

TEST_CASE("tls settings: what is read is shown as it was written") {
    const std::vector<std::string> rows{
        R"({"terminate":{"certificate":"chain.pem","key":"key.pem"}})",
        R"({"otherwise":"reset","routes":{"a.example":"h:1"},)" + ca + "}",
        R"({"fault":"expired","share":0.25,)" + ca + "}",
        R"({"fault":"stall"})",
        R"({"upstream":{"tls":true}})",
        R"({)" + ca + R"(,"upstream":{"ca":"x.pem","server_name":"b","tls":true,"verify":false}})"};
    for (const auto& row : rows) {
        const auto settings = read(row);
        INFO(row);
        REQUIRE(settings.has_value());
        CHECK(json::print(Value(tls::params_of(*settings))) == row);
    }
}

TEST_CASE("tls settings: what is wrong is refused with what to write instead") {
    const std::string terminate =
        R"(terminate: write {"certificate": "chain.pem", "key": "key.pem"} or )"
        R"({"ca": {"certificate": "ca.pem", "key": "ca.key"}})";
    const std::string needs_ca =
        R"( needs certificates that the proxy makes: write "terminate": {"ca": {"certificate": )"
        R"("ca.pem", "key": "ca.key"}}, or the fault "stall" or "reset")";
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"terminate":{}})", terminate},
        {R"({"terminate":{"certificate":"a"}})", terminate},
        {R"({"terminate":{"ca":{"key":"a"}}})", terminate},
        {R"({"terminate":{"certificate":"a","key":"b","ca":{"certificate":"c","key":"d"}}})",
         terminate},
        {R"({"terminate":{"certificate":"a","key":"b"},"fault":"unknown_ca"})",
         R"(fault: "unknown_ca")" + needs_ca},
        {R"({"fault":"wrong_name"})", R"(fault: "wrong_name")" + needs_ca},
        {R"({"upstream":{"tls":true},"routes":{"a":"h:1"}})",
         R"(upstream: what routes lead is encrypted already; write "terminate" as well)"},
        {R"({"share":0.5})", R"(share: is that of a fault; write "fault" as well)"},
        {R"({"otherwise":"reset"})",
         R"(otherwise: is for names that no route has; write "routes" as well)"},
        {"{}", "is empty; write routes, terminate, upstream or fault"}};
    for (const auto& [text, message] : rows) {
        const auto settings = read(text);
        INFO(text);
        REQUIRE_FALSE(settings.has_value());
        CHECK(settings.error().message == message);
    }
}

TEST_CASE("tls settings: a change is of the keys in it, and null is the default") {
    const auto begun = read("{" + ca + R"(,"routes":{"a.example":"h:1"}})").value();
    const auto faulty = read(R"({"fault":"expired","share":0.5})", begun).value();
    CHECK(faulty.fault == tls::Fault::expired);
    CHECK(faulty.terminate == begun.terminate);
    CHECK(faulty.routing == begun.routing);
    CHECK(read(R"({"fault":null})", faulty).value() == begun);
    CHECK_FALSE(read(R"({"terminate":null})", faulty).has_value());
    CHECK(is_plain(read(R"({"terminate":null,"routes":null})", begun).value()));
    CHECK(is_plain(read(R"({"upstream":{"tls":false}})").value()));
}

}  // namespace gameday::testing::settings_test
