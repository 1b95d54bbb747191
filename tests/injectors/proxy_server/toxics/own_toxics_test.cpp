// The toxics that Toxiproxy does not have: what is said about them.
#include "injectors/proxy_server/toxics/toxic_type.hpp"
#include "tests/injectors/proxy_server/rig.hpp"

#include <utility>
#include <vector>

namespace own_toxics_test {

using namespace gameday;
using namespace gameday::devices::proxy;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;

namespace {

std::string error(const std::string& message) {
    return R"(400 {"error":")" + message + R"(","status":400})";
}

// A rig that may not filter packets.
ApiRig unprivileged() {
    ApiRig rig;
    rig.create();
    rig.plane.filters = Error{ErrorCode::unsupported, "no CAP_NET_ADMIN. Get it"};
    return rig;
}

}  // namespace

TEST_CASE("toxics of gameday's own refuse what cannot be meant, with what to write") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"("packet_loss","attributes":{"loss":1000001})",
         "loss is 1000001, want parts per million: 0 to 1000000"},
        {R"("packet_loss","attributes":{"loss":-1})",
         "loss is -1, want parts per million: 0 to 1000000"},
        {R"("reset_storm","attributes":{"count":-2})", "count is -2, want 0 or more"},
        {R"("reset_storm","attributes":{"rate":-1})", "rate is -1, want 0 or more"},
        {R"("refuse","toxicity":0.5)",
         "toxicity is 0.5, want 1: refuse meets connections before there is one to draw for"},
        {R"("never_accept","toxicity":2)",
         "toxicity is 2, want 1: never_accept meets connections before there is one to draw for"},
        {R"("packet_loss","attributes":{"loss":0.5})",
         "bad request body: json: cannot unmarshal number 0.5 into Go struct field "
         "PacketLossToxic.attributes.loss of type int64"},
    };
    ApiRig rig;
    rig.create();
    for (const auto& [type, message] : rows) {
        CAPTURE(type);
        CHECK(rig.say("POST /proxies/one/toxics", R"({"type":)" + type + "}") == error(message));
    }
    CHECK(rig.book.at("one").toxics.empty());
}

TEST_CASE("a toxic of gameday's own is not changed into what cannot be meant") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies/one/toxics",
                    R"({"type":"packet_loss","name":"lossy","attributes":{"loss":10000}})")
                .status == 200);
    CHECK(rig.say("PATCH /proxies/one/toxics/lossy", R"({"attributes":{"loss":2000000}})") ==
          error("loss is 2000000, want parts per million: 0 to 1000000"));
    CHECK(rig.plane.open_proxies.at("one").toxics.front().attributes.at("loss") == 10000);
    CHECK(rig.say("PATCH /proxies/one/toxics/lossy", R"({"attributes":{"loss":50000}})") ==
          R"(200 {"attributes":{"loss":50000},"name":"lossy","type":"packet_loss",)"
          R"("stream":"downstream","toxicity":1})");
}

TEST_CASE("a toxic that is nothing without filters is refused where there are none") {
    auto rig = unprivileged();
    for (const std::string type : {"packet_loss", "never_accept"}) {
        CHECK(rig.say("POST /proxies/one/toxics", R"({"type":")" + type + R"("})") ==
              error(type + " is not possible here: no CAP_NET_ADMIN. Get it"));
    }
    for (const std::string type : {"refuse", "hang", "reset_storm"}) {
        CHECK(rig.say("POST /proxies/one/toxics", R"({"type":")" + type + R"("})")
                  .starts_with("200 "));
    }
}

TEST_CASE("a black hole without filters is one for bytes, and says so wherever it is shown") {
    auto rig = unprivileged();
    const std::string shown =
        R"({"attributes":{},"name":"blackhole_upstream","type":"blackhole","stream":"upstream",)"
        R"("toxicity":1,"gameday":{"remark":"a black hole is one for bytes only: what is sent )"
        R"(into it is held and acknowledged, and connections are accepted )"
        R"#((no CAP_NET_ADMIN. Get it)"}})#";
    CHECK(rig.say("POST /proxies/one/toxics", R"({"type":"blackhole","stream":"upstream"})") ==
          "200 " + shown);
    CHECK(rig.say("GET /proxies/one/toxics/blackhole_upstream") == "200 " + shown);
    CHECK(rig.say("GET /proxies/one/toxics") == "200 [" + shown + "]");
    ApiRig able;
    able.create();
    CHECK(able.say("POST /proxies/one/toxics", R"({"type":"blackhole"})").find("gameday") ==
          std::string::npos);
}

TEST_CASE("toxics of gameday's own become the rules that are meant") {
    const auto rule = [](const std::string& type, Stream stream,
                         std::map<std::string, std::int64_t> attributes = {}) {
        return rule_of(DrawnToxic{{"t", type, stream, 1, std::move(attributes)}});
    };
    CHECK((rule("blackhole", Stream::upstream) ==
           Rule{.cut = Cut::blackhole, .direction = Direction::to}));
    CHECK((rule("blackhole", Stream::downstream) ==
           Rule{.cut = Cut::blackhole, .direction = Direction::from}));
    CHECK((rule("refuse", Stream::downstream) == Rule{.cut = Cut::refuse}));
    CHECK((rule("hang", Stream::upstream) == Rule{.cut = Cut::hold, .scope = Scope::fresh}));
    CHECK((rule("never_accept", Stream::downstream) ==
           Rule{.cut = Cut::blackhole, .scope = Scope::fresh}));
    CHECK((rule("reset_storm", Stream::downstream, {{"count", 3}, {"rate", 7}}) ==
           Rule{.cut = Cut::reset, .scope = Scope::established, .storm = {3, 7}}));
    CHECK((rule("packet_loss", Stream::upstream, {{"loss", 100}}) ==
           Rule{.direction = Direction::to, .loss = 1e-4}));
}

}  // namespace own_toxics_test
