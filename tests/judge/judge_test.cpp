#include "harness/judge/judge.hpp"

#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"
#include "tests/support/kinds.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace gameday::judge {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

const FaultKind region_outage{"region_outage", "a region is gone", {},
                              nullptr,         "was out",          "were out"};

const Catalog& catalog() {
    static const Catalog all = [] {
        Catalog made;
        made.faults = {&region_outage};
        made.measures = {&measures::availability, &measures::flapping, &measures::outage_time,
                         &measures::ridden_out,   &measures::rpo,      &measures::rto,
                         &measures::split_brain};
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
          "us-east was out for 5 s: writes down 1.49–1.52 s; 0 acknowledged writes lost; no two "
          "regions wrote at once; no flapping");
    REQUIRE(report.findings.size() == 4);
    CHECK(report.findings[0].reason == "rto after outage is 1.49–1.5 s, at most 3 s");
    CHECK(mentions(report.warnings, "outage shorter than 20 ms may have gone unseen"));
    CHECK(mentions(report.not_tested, "ap-south, eu-west"));
    REQUIRE(report.timeline.bins.size() == 200);
    CHECK(report.timeline.bins.front().at == Approx(-3));
    CHECK(std::any_of(report.timeline.marks.begin(), report.timeline.marks.end(),
                      [](const TimelineMark& mark) { return mark.kind == MarkKind::recovery; }));
}

TEST_CASE("in a run of one region the picture tells which node served") {
    auto builder = failover();
    auto& topology = builder.evidence.topology;
    const auto by_region = judged(builder).timeline;
    CHECK_FALSE(by_region.by_node);
    CHECK(by_region.servers.size() == topology.regions.size());
    // The same nodes, all in one region.
    for (auto& node : topology.nodes) node.region = topology.regions[0].id;
    topology.regions.resize(1);
    topology.regions[0].nodes.clear();
    for (const auto& node : topology.nodes) topology.regions[0].nodes.push_back(node.id);
    builder.scenario.topology = topology;
    const auto report = judged(builder);
    CHECK(report.timeline.by_node);
    REQUIRE(report.timeline.servers.size() == 2);  // ap-south neither served nor was aimed at
    std::array<std::uint32_t, 2> served{};
    for (const auto& bin : report.timeline.bins) {
        for (std::size_t i = 0; i < 2; ++i) served.at(i) += bin.served.at(i);
    }
    CHECK(served[0] > 0);
    CHECK(served[1] > 0);
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
    auto& office = *std::prev(builder.evidence.operations.end(), 2);
    REQUIRE(office.node == NodeId(std::uint16_t{1}));
    office.value = 0;
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

TEST_CASE("a pulse that touched nothing is a warning") {
    auto builder = failover();
    CHECK(judged(builder).verdict == Verdict::passed);
    auto pulse = builder.evidence.faults[0];
    pulse.injected = Interval<Instant>::point(at(9s));
    builder.evidence.faults[0].healed = Interval<Instant>::point(at(8s));
    pulse.affected = 0;
    builder.evidence.faults.push_back(pulse);
    const auto report = judged(builder);
    CHECK(report.verdict == Verdict::passed);
    CHECK(mentions(report.warnings, "1 of 2 pulses of outage did not bite"));
}

TEST_CASE("an outage that no fault explains is a warning") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(23s);
    builder.fault("cut", at(5s), at(6s)).affected = 1;
    builder.stream({100, at(0s), at(23s), Verb::write, 0, 0ns}, [](Instant invoked) {
        const bool down = invoked >= at(10s) && invoked < at(12s);
        return Answer{invoked + 1ms, down ? Outcome::failed : Outcome::ok, NodeId(std::uint16_t{0}),
                      down ? Cause::refused : Cause::none};
    });
    CHECK(mentions(judged(builder).warnings, "writes of us-east down for 2"));
    CHECK_FALSE(mentions(judged(failover()).warnings, "outside any fault"));
}

TEST_CASE("targets that only warn can not be passed") {
    auto builder = failover();
    for (auto& target : builder.scenario.targets) target.severity = Severity::warn;
    CHECK(judged(builder).verdict == Verdict::inconclusive);
    CHECK(mentions(judged(builder).reasons, "no target is declared that can fail"));
}

TEST_CASE("arrivals more than half a target apart are too coarse, above a tenth they warn") {
    auto coarse = failover(0ms, 4);  // 250 ms apart
    coarse.scenario.minimum.success = 0.9;
    coarse.scenario.targets[0].value = 0.4;
    CHECK(judged(coarse).verdict == Verdict::inconclusive);
    CHECK(
        mentions(judged(coarse).reasons, "arrivals are up to 250 ms apart, more than half of it"));
    coarse.scenario.targets[0].value = 2;  // 12.5 %
    CHECK(judged(coarse).reasons == std::vector<std::string>());
    CHECK(judged(coarse).verdict == Verdict::passed);
    CHECK(mentions(judged(coarse).warnings, "12 % of target rto"));
}

TEST_CASE("a late generator makes the run inconclusive") {
    auto builder = failover();
    builder.evidence.instrument.lateness_p99 = 1600ms;  // 53 % of 3 s
    CHECK(judged(builder).verdict == Verdict::inconclusive);
    auto stalled_generator = failover();
    for (auto& operation : stalled_generator.evidence.operations) {
        const bool held = operation.scheduled >= at(9s) && operation.scheduled < at(9200ms);
        if (held && operation.verb == Verb::write) operation.scheduled -= 600ms;
    }
    stalled_generator.scenario.targets[0].value = 5;
    stalled_generator.target("availability", 0.7, Comparison::at_least);
    Report report = judged(stalled_generator);
    CHECK(report.verdict == Verdict::passed);  // in either reading
    CHECK(mentions(report.warnings, "the instrument is to blame for 20 bad operations"));
    stalled_generator.scenario.targets.back().value = 0.849;  // 150 refused, 20 late, of 1000
    report = judged(stalled_generator);
    CHECK(report.verdict == Verdict::inconclusive);
}

TEST_CASE("no steady state, too little load or no target is inconclusive") {
    auto unsteady = failover();
    for (std::size_t i = 0; i < 10; ++i) {
        unsteady.evidence.operations[i].outcome = Outcome::unknown;
    }
    CHECK(mentions(judged(unsteady).reasons,
                   "no steady state before the first fault: 290 of 300 operations good (writes of "
                   "us-east)"));
    CHECK(judged(unsteady).verdict == Verdict::refused);
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

TEST_CASE("a system that is not steady afterwards has failed, each stream by itself") {
    auto builder = failover();
    builder.stream({34, at(0s), at(13s), Verb::read, 1, 0ns}, refusing(at(12s), at(99s)));
    const auto report = judged(builder);
    CHECK(report.verdict == Verdict::failed);
    CHECK(mentions(report.reasons, "no steady state after the faults"));
    CHECK(mentions(report.reasons, "reads of eu-west"));
}

TEST_CASE("a small service that is dead from first to last is not steady beside a large one") {
    auto builder = failover();
    builder.scenario.loads.resize(2);
    builder.scenario.loads[1] = builder.scenario.loads[0];
    builder.scenario.loads[1].name = "small";
    builder.evidence.clients.push_back({RegionId(std::uint16_t{0}), 1});
    builder.stream({2, at(0s), at(13s), Verb::read, 3, 0ns}, refusing(at(0s), at(99s)));
    const auto report = judged(builder);
    CHECK(report.verdict == Verdict::refused);
    CHECK(mentions(report.reasons, "reads of us-east, load small"));
}

TEST_CASE("a fault healed late leaves clients their timeout before the steady state counts") {
    // Stalled until 10.5 s, healed then; operations under way wait up to 2 s for their answer.
    EvidenceBuilder builder;
    builder.evidence.active.high = at(16s);
    builder.scenario.loads[0].timeout = 2s;
    builder.fault("outage", at(5s), at(10500ms));
    builder.stream({100, at(0s), at(16s), Verb::write, 0, 0ns}, stalled(at(5s), at(10500ms), 2s));
    const auto report = judged(builder);
    CHECK_FALSE(mentions(report.reasons, "no steady state"));
}

TEST_CASE("a load that ends too soon after the heal shows no steady state") {
    auto builder = failover();
    builder.evidence.faults[0].healed = {at(12700ms), at(12700ms)};
    const auto report = judged(builder);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(mentions(report.reasons, "ended too soon after the last heal"));
}

TEST_CASE("a fault to be ridden out is a target without being declared") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(15s);
    builder.fault("slow", at(5s), at(10s));
    builder.evidence.faults[0].expects_outage = false;
    builder.stream({100, at(0s), at(15s), Verb::write, 0, 0ns}, healthy());
    CHECK(judged(builder).reasons == std::vector<std::string>());
    CHECK(judged(builder).verdict == Verdict::passed);
    builder.evidence.operations.clear();
    builder.stream({100, at(0s), at(15s), Verb::write, 0, 0ns}, refusing(at(6s), at(9s)));
    CHECK(judged(builder).verdict == Verdict::failed);
    CHECK(mentions(judged(builder).reasons, "ridden_out after slow is 1, wanted at most 0"));
}

TEST_CASE("a region that never fails over does not meet a generous target by being healed") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(18s);
    builder.fault("outage", at(5s), at(13s));
    builder.stream({100, at(0s), at(18s), Verb::write, 0, 0ns}, refusing(at(5s), at(13s)));
    builder.target("rto", 900);
    CHECK(judged(builder).verdict == Verdict::inconclusive);
    builder.scenario.targets[0].value = 7.9;
    CHECK(judged(builder).verdict == Verdict::failed);
}

TEST_CASE("a run that was cut short is never passed") {
    auto builder = failover();
    builder.evidence.ending = Ending::cut_short;
    builder.evidence.ending_reason = "killed";
    CHECK(judged(builder).verdict == Verdict::inconclusive);
}

TEST_CASE("a target of a metric that nobody measures is inconclusive") {
    auto builder = failover();
    builder.target("happiness", 1);
    const Report report = judged(builder);
    CHECK(report.verdict == Verdict::inconclusive);
    CHECK(report.findings.back().grade == Grade::inconclusive);
}

}  // namespace gameday::judge
