#include "harness/judge/judge.hpp"

#include "harness/judge/bite.hpp"
#include "harness/measures/availability.hpp"
#include "harness/measures/flapping.hpp"
#include "harness/measures/outage_time.hpp"
#include "harness/measures/rpo.hpp"
#include "harness/measures/rto.hpp"
#include "harness/measures/split_brain.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::judge {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

const Catalog& catalog() {
    static const Catalog all = [] {
        Catalog made;
        made.measures = {&measures::availability, &measures::flapping, &measures::outage_time,
                         &measures::rpo,          &measures::rto,      &measures::split_brain};
        return made;
    }();
    return all;
}

Report judged(const EvidenceBuilder& builder) {
    return judge(builder.scenario, builder.evidence, catalog());
}

// us-east dies from 5 s to 10 s; writes are refused for `down`, then eu-west serves. Everything is
// read back.
EvidenceBuilder failover(Duration down = 1500ms, double rate = 100) {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s));
    builder.stream({rate, at(0s), at(13s), Verb::write, 0, 0ns}, [down](Instant invoked) {
        if (invoked >= at(5s) && invoked < at(5s) + down) {
            return Answer{invoked + 100us, Outcome::failed, NodeId(), Cause::refused};
        }
        const auto region = static_cast<std::uint16_t>(invoked < at(5s) ? 0 : 1);
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    });
    const auto written = builder.evidence.operations;
    for (const auto& write : written) {
        if (write.outcome != Outcome::ok) continue;
        for (std::uint16_t region = 0; region < 3; ++region) {
            builder.final_read(write.key, write.value, region);
        }
    }
    builder.target("rto", 3);
    builder.target("lost_acked", 0);
    builder.target("split_brain_writes", 0);
    builder.target("flaps", 0);
    return builder;
}

bool mentions(const std::vector<std::string>& lines, const std::string& text) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
    });
}

Measurement valued(double low, double high) {
    Measurement measurement;
    measurement.value = Interval<double>{low, high};
    return measurement;
}

}  // namespace

TEST_CASE("a target is met by the whole interval, missed by all of it, else inconclusive") {
    TargetSpec most;
    most.value = 3;
    CHECK(grade(most, valued(1, 3)) == Grade::met);  // the bound itself meets
    CHECK(grade(most, valued(1, std::nextafter(3.0, 4.0))) == Grade::inconclusive);
    CHECK(grade(most, valued(3, 4)) == Grade::inconclusive);
    CHECK(grade(most, valued(std::nextafter(3.0, 4.0), 4)) == Grade::missed);
    CHECK(grade(most, valued(1, INFINITY)) == Grade::inconclusive);
    CHECK(grade(most, valued(4, INFINITY)) == Grade::missed);
    CHECK(grade(most, Measurement()) == Grade::inconclusive);
    TargetSpec least = most;
    least.comparison = Comparison::at_least;
    CHECK(grade(least, valued(3, 4)) == Grade::met);
    CHECK(grade(least, valued(std::nextafter(3.0, 2.0), 4)) == Grade::inconclusive);
    CHECK(grade(least, valued(2, 3)) == Grade::inconclusive);
    CHECK(grade(least, valued(2, std::nextafter(3.0, 2.0))) == Grade::missed);
}

TEST_CASE("a failover within its targets passes, and the headline says what happened") {
    const Report report = judged(failover());
    INFO(report.headline);
    CHECK(report.reasons == std::vector<std::string>());
    CHECK(report.verdict == Verdict::passed);
    CHECK(report.headline ==
          "us-east died for 5 s: writes down 1.49–1.51 s; 0 acknowledged writes lost; no two "
          "regions wrote at once; no flapping");
    REQUIRE(report.findings.size() == 4);
    CHECK(report.findings[0].reason == "rto after outage is 1.49–1.5 s, at most 3 s");
    CHECK(mentions(report.warnings, "outage shorter than 10 ms"));
    CHECK(mentions(report.not_tested, "ap-south, eu-west"));
    REQUIRE(report.timeline.bins.size() == 200);
    CHECK(report.timeline.bins.front().at == Approx(-3));
    CHECK(std::any_of(report.timeline.marks.begin(), report.timeline.marks.end(),
                      [](const TimelineMark& mark) { return mark.kind == "rto"; }));
}

TEST_CASE("a missed target fails, an undecided one is inconclusive, a warning only warns") {
    CHECK(judged(failover(3200ms)).verdict == Verdict::failed);
    const Report undecided = judged(failover(2995ms));
    CHECK(undecided.verdict == Verdict::inconclusive);
    CHECK(mentions(undecided.reasons, "lies inside what is not known"));
    auto soft = failover(3200ms);
    soft.scenario.targets[0].severity = Severity::warn;
    const Report warned = judged(soft);
    CHECK(warned.verdict == Verdict::passed);
    CHECK(mentions(warned.warnings, "wanted at most 3 s"));
}

TEST_CASE("lost writes fail the run and are named") {
    auto builder = failover();
    auto& last = builder.evidence.operations.back();
    last.value = 0;
    const Report report = judged(builder);
    CHECK(report.verdict == Verdict::failed);
    CHECK(mentions(report.reasons, "lost_acked is 1, wanted at most 0"));
}

TEST_CASE("the worst client region decides unless the target names one") {
    auto builder = failover();
    builder.stream({100, at(0s), at(13s), Verb::read, 2, 0ns}, refusing(at(5s), at(9s)));
    CHECK(judged(builder).verdict == Verdict::failed);
    builder.scenario.targets[0].region = "us-east";
    CHECK(judged(builder).findings[0].grade == Grade::met);
    builder.scenario.targets[0].region = "ap-south";
    CHECK(judged(builder).findings[0].grade == Grade::missed);
}

TEST_CASE("a fault that was not in force for its whole time is never passed") {
    auto builder = failover();
    CHECK(judged(builder).verdict == Verdict::passed);
    builder.evidence.faults[0].trouble = "firewall: its lease ran out";
    const auto report = judged(builder);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(mentions(report.reasons, "outage: firewall: its lease ran out"));
}

TEST_CASE("a fault that did not bite is never passed") {
    auto builder = failover();
    builder.evidence.faults[0].affected = 0;
    const Report report = judged(builder);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(mentions(report.reasons, "outage did not bite"));
    builder.evidence.faults.clear();  // planned and never injected
    CHECK(mentions(judged(builder).reasons, "outage did not bite"));
}

TEST_CASE("where the device can not tell, a bad operation or a changed role is the proof") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s)).affected = -1;
    auto& window = builder.evidence.faults[0];
    builder.write(1, 1, at(6s), 0);
    CHECK_FALSE(bit(window, builder.evidence, builder.scenario));
    builder.op(Verb::write, 2, 2, at(11s), at(12s), 0, Outcome::unknown);  // after the heal
    CHECK_FALSE(bit(window, builder.evidence, builder.scenario));
    builder.op(Verb::write, 2, 2, at(7s), at(8s), 0, Outcome::unknown);
    CHECK(bit(window, builder.evidence, builder.scenario));

    EvidenceBuilder roles;
    roles.fault("outage", at(5s), at(10s)).affected = -1;
    const NodeId node(std::uint16_t{0});
    roles.evidence.roles = {{{at(4s), at(4s)}, node, Role::primary, 1},
                            {{at(6s), at(6s)}, node, Role::primary, 1}};
    CHECK_FALSE(bit(roles.evidence.faults[0], roles.evidence, roles.scenario));
    roles.evidence.roles.push_back({{at(7s), at(7s)}, node, Role::down, 1});
    CHECK(bit(roles.evidence.faults[0], roles.evidence, roles.scenario));
}

TEST_CASE("arrivals more than half a target apart are too coarse, above a tenth they warn") {
    auto coarse = failover(0ms, 2);  // 500 ms apart
    coarse.scenario.targets[0].value = 0.9;
    CHECK(mentions(judged(coarse).reasons, "resolution of the load (500 ms) is 56 % of target"));
    coarse.scenario.targets[0].value = 4;  // 12.5 %
    CHECK(judged(coarse).verdict == Verdict::passed);
    CHECK(mentions(judged(coarse).warnings, "resolution of the load"));
}

TEST_CASE("a late generator makes the run inconclusive") {
    auto builder = failover();
    builder.evidence.instrument.lateness_p99 = 1600ms;  // 53 % of 3 s
    CHECK(judged(builder).verdict == Verdict::inconclusive);
    auto stalled_generator = failover();
    for (auto& operation : stalled_generator.evidence.operations) {
        const bool held = operation.scheduled >= at(11s) && operation.scheduled < at(11200ms);
        if (held && operation.verb == Verb::write) operation.scheduled -= 600ms;
    }
    const Report report = judged(stalled_generator);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(mentions(report.reasons, "the generator was late: 20 operations"));
}

TEST_CASE("no steady state, too little load or no target is inconclusive") {
    auto unsteady = failover();
    for (std::size_t i = 0; i < 10; ++i) {
        unsteady.evidence.operations[i].outcome = Outcome::unknown;
    }
    CHECK(mentions(judged(unsteady).reasons, "no steady state"));
    CHECK(judged(unsteady).verdict == Verdict::inconclusive);
    auto little = failover();
    little.scenario.steady.operations_min = 301;
    CHECK(mentions(judged(little).reasons, "too little load: 300 operations"));
    auto aimless = failover();
    aimless.scenario.targets.clear();
    CHECK(judged(aimless).verdict == Verdict::inconclusive);
}

TEST_CASE("dirty outranks refused, refused aborted, aborted failed, failed inconclusive") {
    auto builder = failover(3200ms);          // failed …
    builder.evidence.faults[0].affected = 0;  // … and inconclusive
    CHECK(judged(builder).verdict == Verdict::failed);
    builder.evidence.ending = Ending::aborted;
    builder.evidence.ending_reason = "interrupted";
    CHECK(judged(builder).verdict == Verdict::aborted);
    CHECK(judged(builder).reasons.front() == "aborted: interrupted");
    builder.evidence.ending = Ending::refused;
    CHECK(judged(builder).verdict == Verdict::refused);
    builder.evidence.faults[0].heal_error = "no such process";
    CHECK(judged(builder).verdict == Verdict::dirty);
    CHECK(judged(builder).reasons.front() == "outage could not be healed: no such process");
}

TEST_CASE("a system that is not steady afterwards has failed") {
    auto builder = failover();
    builder.evidence.steady_after = false;
    CHECK(judged(builder).verdict == Verdict::failed);
}

TEST_CASE("a target of a metric that nobody measures is inconclusive") {
    auto builder = failover();
    builder.target("happiness", 1);
    const Report report = judged(builder);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(report.findings.back().grade == Grade::inconclusive);
}

}  // namespace gameday::judge
