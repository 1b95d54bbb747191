#include "harness/load/marker_lag.hpp"
#include "harness/load/probe_kinds.hpp"
#include "harness/load/probe_watch.hpp"
#include "harness/load/role_reading.hpp"
#include "tests/load/support.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

ProbeSpec probe_of(const char* kind, Params params) {
    ProbeSpec probe;
    probe.kind = probe.name = kind;
    probe.interval = 30ms;
    probe.timeout = 1s;  // A busy machine is not a dead node.
    probe.params = std::move(params);
    return probe;
}

ProbeSpec role_probe() { return probe_of("role", {{"term", "/term"}, {"lag", "/lag_ms"}}); }

}  // namespace

TEST_CASE("a role probe sees who is primary, who is replica and who is gone") {
    FaultServer first("n0", true);
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {role_probe(), probe_of("tcp", {})};
    const Catalog catalog = http_catalog();
    const SteadyClock clock;
    const auto watch = load::make_probe_watch(catalog, clock);
    REQUIRE(watch->start(scenario, 1).has_value());
    const auto become = [&](const std::vector<Role>& roles) {
        for (int i = 0; i < 1000 && watch->roles() != roles; ++i) pause(10ms);
        return watch->roles() == roles;
    };
    CHECK(become({Role::primary, Role::replica}));
    first.set_mood(Mood::refuse);
    second.set_primary(true);
    CHECK(become({Role::down, Role::primary}));
    watch->stop();
    const auto samples = watch->take_roles();
    CHECK(samples.size() >= 4);
    CHECK(std::is_sorted(samples.begin(), samples.end(),
                         [](const auto& a, const auto& b) { return a.at.low < b.at.low; }));
    for (const auto& each : samples) {
        CHECK(each.at.low <= each.at.high);
        if (each.role == Role::primary) CHECK(each.term == 7);
    }
}

TEST_CASE("markers bound the lag of a replica from both sides") {
    FaultServer second("n1", false);
    FaultServer first("n0", true);
    first.replicate_to(&second, 150ms);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {role_probe(), probe_of("replication_lag", {})};
    const Catalog catalog = http_catalog();
    const SteadyClock clock;
    const auto watch = load::make_probe_watch(catalog, clock);
    REQUIRE(watch->start(scenario, 1).has_value());
    pause(900ms);
    watch->stop();
    const auto lags = watch->take_lags();
    REQUIRE(lags.size() > 10);
    std::size_t around = 0, reported = 0;
    for (const auto& each : lags) {
        CHECK(each.replica == NodeId(1));
        // The first look may come before the node has said anything of itself.
        CHECK(each.reported.value_or(25ms) == Duration(25ms));
        if (each.reported) ++reported;
        if (each.lag.contains(150ms)) ++around;
    }
    // All but the first few, when nothing had arrived yet; a busy machine may blur some.
    CHECK(around * 2 > lags.size());
    CHECK(reported * 2 > lags.size());
}

TEST_CASE("a wrong probe does not start, and every wrong parameter is named") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 1);
    scenario.probes = {probe_of("role", {{"role", "role"}, {"colour", "red"}})};
    const Catalog catalog = http_catalog();
    const SteadyClock clock;
    const auto started = load::make_probe_watch(catalog, clock)->start(scenario, 1);
    REQUIRE(!started.has_value());
    CHECK(started.error().message.find("JSON pointer") != std::string::npos);
    CHECK(started.error().message.find("colour") != std::string::npos);
}

TEST_CASE("parameters of probes are refused before anything runs, each with what to write") {
    FaultServer server("n0");
    const auto scenario = scenario_of({&server}, 1);
    const Catalog catalog = http_catalog();
    const auto says = [&](const char* kind, Params params) {
        const auto& kinds = load::probe_kinds();
        const auto* found = find_kind(kinds, kind);
        REQUIRE(found != nullptr);
        const auto good = found->check(probe_of(kind, std::move(params)), scenario, catalog);
        return good ? std::string() : good.error().message;
    };
    CHECK(says("role", {{"term", "/term"}, {"headers", Params{{"X-A", "b"}}}}).empty());
    CHECK(says("tcp", {}).empty());
    CHECK(says("replication_lag", {{"load", "load"}}).empty());
    CHECK(
        says("tcp", {{"port", 5432}}) ==
        "port: a tcp probe has no parameters: it connects to the endpoint of each node; remove it");
    CHECK(says("http", {{"pth", "/"}}) == "pth: is not known here, did you mean \"path\"?");
    CHECK(says("http", {{"path", "up"}, {"method", "get"}}) ==
          "method: \"get\" is not \"GET\" to a server, write it in capitals\n"
          "path: \"up\" does not begin with /, write \"/up\"");
    CHECK(says("role", {{"role", "role"}}) ==
          "role: \"role\" is not a JSON pointer, write for example \"/role\"");
    CHECK(says("role", {{"primary", "pointer:id"}}) ==
          "primary: has no JSON pointer behind \"pointer:\", write for example "
          "\"pointer:/header/member_id\"");
    CHECK(says("role", {{"expect", Params{{"status", 200}}}}) ==
          "expect: status: is not a list of HTTP statuses from 200 on, write for example [200]");
    CHECK(says("replication_lag", {{"load", "other"}}) ==
          "load: \"other\" is not a load of this file");
}

TEST_CASE("an answer tells the role by a text or by comparing two places") {
    const auto ask = [](Params params, unsigned status, std::string_view body,
                        Cause cause = Cause::none) {
        const auto question = load::read_role_question(probe_of("role", std::move(params)));
        REQUIRE(question.has_value());
        const bool good = cause == Cause::none && status == 200;
        return load::read_role_answer(*question, Page{cause, status, good, body});
    };
    using load::RoleAnswer;
    const Params plain{{"term", "/term"}, {"lag", "/lag_ms"}};
    CHECK(ask(plain, 200, R"({"role":"primary","term":3,"lag_ms":1.5})") ==
          RoleAnswer{Role::primary, 3, Duration(1500us)});
    CHECK(ask(plain, 200, R"({"role":"replica"})") == RoleAnswer{Role::replica, 0, std::nullopt});
    CHECK(ask(plain, 200, "{}").role == Role::unknown);
    CHECK(ask(plain, 200, "<html>").role == Role::unknown);
    CHECK(ask(plain, 503, R"({"role":"primary"})").role == Role::unknown);
    CHECK(ask(plain, 0, "", Cause::timed_out).role == Role::down);
    const Params compared{
        {"role", "/leader"}, {"primary", "pointer:/header/member_id"}, {"term", "/raftTerm"}};
    CHECK(ask(compared, 200, R"({"header":{"member_id":"12"},"leader":"12","raftTerm":"4"})") ==
          RoleAnswer{Role::primary, 4, std::nullopt});
    CHECK(ask(compared, 200, R"({"header":{"member_id":"12"},"leader":"13"})").role ==
          Role::replica);
}

TEST_CASE("the lag is between the marker that is there and the first that is missing") {
    using load::Marker;
    const auto marker = [](std::uint64_t value, int sent, int answered, bool acked = true) {
        return Marker{
            value,
            {at(std::chrono::milliseconds(sent)), at(std::chrono::milliseconds(answered))},
            acked};
    };
    const std::vector<Marker> markers{marker(1, 100, 102), marker(2, 200, 203),
                                      marker(3, 300, 390, false), marker(4, 400, 401)};
    const auto lag = [&](std::uint64_t found, int low, int high) {
        return load::marker_lag(
            markers, found,
            {at(std::chrono::milliseconds(low)), at(std::chrono::milliseconds(high))}, 100ms);
    };
    using L = std::optional<Interval<Duration>>;
    // Marker 4 is the newest: nothing known to be missing, 450 − 400 at most.
    CHECK(lag(4, 440, 450) == L({0ms, 50ms}));
    // Marker 2 is there, 3 was never acknowledged, 4 is missing: 440 − 401 to 450 − 200.
    CHECK(lag(2, 440, 450) == L({39ms, 250ms}));
    // Marker 3 took effect although nobody said so: 4 is missing.
    CHECK(lag(3, 440, 450) == L({39ms, 150ms}));
    // Nothing is there: 1 is missing, 440 − 102 to 450 − 100.
    CHECK(lag(0, 440, 450) == L({338ms, 350ms}));
    // Marker 4 was acknowledged only after we asked.
    CHECK(lag(2, 395, 399) == L({0ms, 199ms}));
    // No marker for more than three intervals: no statement.
    CHECK(lag(4, 800, 801) == L());
    CHECK(load::marker_lag({}, 0, {at(0ms), at(1ms)}, 100ms) == L());
}
