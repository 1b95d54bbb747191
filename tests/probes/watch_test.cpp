#include "harness/model/evidence.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/ports/status.hpp"
#include "harness/probes/probe_watch.hpp"
#include "harness/probes/status_prober.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_scenario.hpp"
#include "tests/support/status_driver.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gameday::probes {
extern const ProbeKind role_kind, replication_lag_kind, http_kind, tcp_kind;
}

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

Catalog probe_catalog() {
    Catalog catalog = http_catalog();
    catalog.probes = {&probes::role_kind, &probes::replication_lag_kind, &probes::http_kind,
                      &probes::tcp_kind};
    return catalog;
}

ProbeSpec role_probe() { return probe_of("role", {{"term", "/term"}, {"lag", "/lag_ms"}}); }

}  // namespace

TEST_CASE("a role probe sees who is primary, who is replica and who is gone") {
    FaultServer first("n0", true);
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {role_probe(), probe_of("tcp", {})};
    const Catalog catalog = probe_catalog();
    const SteadyClock clock;
    const auto watch = probes::make_probe_watch(catalog, clock);
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
    // "Up" is all that the tcp probe knows: it is heard until the role probe has spoken of the
    // node.
    for (const auto& told : samples) {
        if (told.role != Role::primary && told.role != Role::replica) continue;
        CHECK(std::ranges::none_of(samples, [&](const RoleSample& each) {
            return each.node == told.node && each.role == Role::unknown &&
                   each.at.high > told.at.high;
        }));
    }
}

TEST_CASE("markers bound the lag of a replica from both sides") {
    FaultServer second("n1", false);
    FaultServer first("n0", true);
    first.replicate_to(&second, 150ms);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {role_probe(), probe_of("replication_lag", {})};
    const Catalog catalog = probe_catalog();
    const SteadyClock clock;
    const auto watch = probes::make_probe_watch(catalog, clock);
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
    const Catalog catalog = probe_catalog();
    const SteadyClock clock;
    const auto started = probes::make_probe_watch(catalog, clock)->start(scenario, 1);
    REQUIRE(!started.has_value());
    CHECK(started.error().message.find("JSON pointer") != std::string::npos);
    CHECK(started.error().message.find("colour") != std::string::npos);
}

TEST_CASE("a probe of no known kind, or one that never looks, does not start") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 1);
    const Catalog catalog = probe_catalog();
    const SteadyClock clock;
    const auto message = [&](const ProbeSpec& probe) {
        scenario.probes = {probe};
        const auto started = probes::make_probe_watch(catalog, clock)->start(scenario, 1);
        return started ? std::string("started") : started.error().message;
    };
    CHECK(message(probe_of("dns", {})) == "probe dns: \"dns\" is not a probe");
    ProbeSpec probe = role_probe();
    probe.interval = 0ms;
    CHECK(message(probe) == "probe role: interval and timeout must be more than zero");
}

TEST_CASE("an http probe tells up from down by what it expects") {
    FaultServer first("n0", true);
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {
        probe_of("http", {{"path", "/status"},
                          {"headers", Params{{"Authorization", "Bearer x"}}},
                          {"expect", Params{{"equals", Params{{"/role", "primary"}}}}}})};
    const Catalog catalog = probe_catalog();
    const SteadyClock clock;
    const auto watch = probes::make_probe_watch(catalog, clock);
    REQUIRE(watch->start(scenario, 1).has_value());
    const std::vector<Role> wanted{Role::unknown, Role::down};
    for (int i = 0; i < 1000 && watch->roles() != wanted; ++i) pause(10ms);
    CHECK(watch->roles() == wanted);
    watch->stop();
    CHECK(first.last_head().find("\r\nAuthorization: Bearer x\r\n") != std::string::npos);
}

TEST_CASE("a role probe asks the driver that it names, which reads the other parameters") {
    FaultServer first("n0", true);
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 1);
    scenario.probes = {probe_of("role", {{"driver", "spoken"}, {"query", "who"}})};
    Catalog catalog = probe_catalog();
    catalog.drivers.push_back(&spoken_driver);
    node_statuses = {NodeStatus{Cause::none, true, Role::replica},
                     NodeStatus{Cause::none, true, Role::primary, 3}};
    declared_questions.clear();
    const SteadyClock clock;
    const auto watch = probes::make_probe_watch(catalog, clock);
    REQUIRE(watch->start(scenario, 1).has_value());
    const std::vector<Role> wanted{Role::replica, Role::primary};
    for (int i = 0; i < 1000 && watch->roles() != wanted; ++i) pause(10ms);
    CHECK(watch->roles() == wanted);
    watch->stop();
    const StatusQuestion asked{StatusSubject::role, {{"query", "who"}}};
    CHECK(declared_questions == std::vector<StatusQuestion>{asked, asked});
    scenario.probes = {probe_of("role", {{"driver", "spoken"}, {"path", "/status"}})};
    const auto refused = probes::make_probe_watch(catalog, clock)->start(scenario, 1);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().message ==
          "probe role: path: is not known here; known are driver, query");
}

TEST_CASE("the role that a status shows depends on what was asked") {
    const auto shown = [](StatusSubject subject, Cause cause, bool good, Role role) {
        return probes::role_shown(subject, NodeStatus{cause, good, role});
    };
    using enum StatusSubject;
    CHECK(shown(role, Cause::none, true, Role::primary) == Role::primary);
    CHECK(shown(role, Cause::none, true, Role::replica) == Role::replica);
    CHECK(shown(role, Cause::none, true, Role::unknown) == Role::unknown);
    CHECK(shown(role, Cause::none, false, Role::unknown) == Role::unknown);
    CHECK(shown(role, Cause::timed_out, false, Role::unknown) == Role::down);
    CHECK(shown(health, Cause::none, true, Role::unknown) == Role::unknown);
    CHECK(shown(health, Cause::none, false, Role::unknown) == Role::down);
    CHECK(shown(health, Cause::refused, false, Role::unknown) == Role::down);
}

TEST_CASE("parameters of probes are refused before anything runs, each with what to write") {
    FaultServer server("n0");
    const auto scenario = scenario_of({&server}, 1);
    const Catalog catalog = probe_catalog();
    const auto says = [&](const char* kind, Params params) {
        const auto* found = find_kind(catalog.probes, kind);
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
    CHECK(says("http", {{"colour", "red"}, {"path", "up"}}) ==
          "colour: is not known here; known are driver, method, path, body, headers, expect, "
          "tls, user, password, bearer\n"
          "path: \"up\" does not begin with /, write \"/up\"");
    CHECK(says("http", {{"drver", "http"}}) ==
          "drver: is not known here, did you mean \"driver\"?");
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
    CHECK(says("role", {{"driver", "http"}, {"path", "/up"}}).empty());
    CHECK(says("role", {{"driver", "gopher"}, {"path", "up"}}) ==
          "driver: \"gopher\" is not a driver, write one of http");
}
