#include "harness/load/cause_log.hpp"
#include "tests/load/play.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

Operation ended(Verb verb, Cause cause, Duration when) {
    Operation operation;
    operation.verb = verb;
    operation.cause = cause;
    operation.completed = Instant(when);
    return operation;
}

}  // namespace

TEST_CASE("operations that ended alike are counted together, with the first answer") {
    load::CauseLog log;
    log.add(0, ended(Verb::read, Cause::server_error, 5s), "HTTP 503", "down");
    log.add(0, ended(Verb::read, Cause::server_error, 3s), "HTTP 503", "going down");
    log.add(0, ended(Verb::write, Cause::refused, 4s), "", "");
    load::CauseLog other_shard;
    other_shard.add(0, ended(Verb::read, Cause::server_error, 2s), "HTTP 503", "first");
    other_shard.add(1, ended(Verb::read, Cause::server_error, 1s), "HTTP 503", "elsewhere");
    log.merge(other_shard);
    using C = CauseCount;
    CHECK(log.counts() ==
          std::vector{
              C{0, Verb::read, Cause::server_error, "HTTP 503", 3, Instant(2s), "first"},
              C{0, Verb::write, Cause::refused, "", 1, Instant(4s), ""},
              C{1, Verb::read, Cause::server_error, "HTTP 503", 1, Instant(1s), "elsewhere"}});
}

TEST_CASE("a server with an error of its own for each answer does not fill the memory") {
    load::CauseLog log;
    for (int i = 0; i < 1000; ++i) {
        log.add(0, ended(Verb::read, Cause::unexpected, Duration(i)), fmt::format("id {}", i), "");
    }
    load::CauseLog all;
    all.merge(log);
    for (int i = 2000; i < 3000; ++i) {
        all.add(0, ended(Verb::read, Cause::unexpected, Duration(i)), fmt::format("id {}", i), "");
    }
    const auto counts = all.counts();
    CHECK(counts.size() == load::CauseLog::kinds_max + 1);
    CHECK(counts[0].detail == load::CauseLog::other);
    CHECK(counts[0].count == 2000 - load::CauseLog::kinds_max);
}

TEST_CASE("a run tells why its operations were not good, each of them") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 500);
    scenario.minimum.latency = 50ms;
    const auto played = play(scenario, 1200ms,
                             {{200ms, [&] { server.set_mood(Mood::error_503); }},
                              {500ms, [&] { server.set_mood(Mood::nonsense); }},
                              {800ms, [&] { server.set_mood(Mood::slow, 100ms); }}});
    std::uint64_t bad = 0;
    for (const auto& each : played.operations) {
        if (each.outcome != Outcome::ok || each.latency() > 50ms) ++bad;
    }
    const auto told =
        std::accumulate(played.causes.begin(), played.causes.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const CauseCount& each) { return sum + each.count; });
    CHECK(bad > 100);
    CHECK(told == bad);
    const auto has = [&](Verb verb, Cause cause, const char* detail, const char* sample) {
        return std::any_of(played.causes.begin(), played.causes.end(), [&](const CauseCount& each) {
            return each.verb == verb && each.cause == cause && each.detail == detail &&
                   each.sample == sample;
        });
    };
    CHECK(has(Verb::read, Cause::server_error, "HTTP 503", ""));
    CHECK(has(Verb::read, Cause::malformed, "/value: no JSON", "<html>"));
    CHECK(has(Verb::write, Cause::malformed, "/version: no JSON", "<html>"));
    CHECK(has(Verb::read, Cause::none, "later than 50 ms", ""));
}

TEST_CASE("whoever asks for the end gets it, however far behind the generator is") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 1e9);
    scenario.loads[0].in_flight_max = 8;
    // 1e8 operations are due by the end, of which few can be issued.
    const auto begin = std::chrono::steady_clock::now();
    const auto played = play(scenario, 100ms);
    CHECK(std::chrono::steady_clock::now() - begin < 60s);
    REQUIRE(!played.notes.empty());
    CHECK(played.notes[0].find("never issued") != std::string::npos);
}
