#include "tests/reporters/sample.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace gameday::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Scenario scenario() {
    Scenario made;
    made.name = "region-outage";
    made.title = "A region dies under load";
    made.hypothesis =
        "When the primary region disappears, another takes over within 3 s and nothing "
        "acknowledged is lost.";
    made.owner = "platform";
    made.service = "key-value store";
    made.tier = "tier1";
    made.tags = {"nightly", "dr"};
    made.seed = 7;
    int number = 0;
    for (const char* name : {"us-east", "eu-west", "ap-south"}) {
        const auto region = RegionId::of(number);
        const auto node = NodeId::of(number++);
        Region added{region, name, {node}};
        made.topology.regions.push_back(std::move(added));
        Node one;
        one.id = node;
        one.name = std::string(name) + "-1";
        one.region = region;
        made.topology.nodes.push_back(std::move(one));
    }
    LoadSpec load;
    load.name = "load";
    load.rate_per_s = 300;
    load.timeout = milliseconds(500);
    load.regions = {"us-east", "eu-west", "ap-south"};
    made.loads.push_back(std::move(load));
    FaultStep step;
    step.id = FaultId(1);
    step.name = "us-east-down";
    step.fault = "region_outage";
    step.at = seconds(3);
    step.length = seconds(8);
    made.faults.push_back(std::move(step));
    made.duration = seconds(18);
    made.minimum.latency = milliseconds(500);
    return made;
}

// As the judge fills them in from the catalogue.
const std::map<std::string, std::string> metric_titles{
    {"rto", "RTO"},
    {"rto_read", "RTO, reads"},
    {"rto_write", "RTO, writes"},
    {"rpo", "RPO"},
    {"lost_acked", "acknowledged writes lost"},
    {"split_brain_writes", "split-brain writes"},
    {"flaps", "flaps"},
    {"availability", "availability"},
    {"latency_p99", "latency p99"},
    {"replication_lag", "replication lag"},
    {"ridden_out", "outages in a fault to be ridden out"}};

Measurement measured(std::string measure, std::string metric, Unit unit,
                     std::optional<Interval<double>> value, std::string fault = "",
                     std::string region = "") {
    Measurement made;
    made.measure = std::move(measure);
    made.metric = std::move(metric);
    const auto known = metric_titles.find(made.metric);
    if (known != metric_titles.end()) made.title = known->second;
    made.unit = unit;
    made.value = value;
    made.fault = std::move(fault);
    made.client_region = std::move(region);
    return made;
}

Interval<double> point(double value) { return Interval<double>::point(value); }

Finding finding(const char* metric, double value, const char* declared, Measurement seen,
                std::string reason) {
    Finding made;
    made.target.id = metric;
    made.target.metric = metric;
    made.target.value = value;
    made.target.declared = declared;
    made.measurement = std::move(seen);
    made.grade = grade(made.target, made.measurement);
    made.reason = std::move(reason);
    return made;
}

// Throughput of 300/s that drops to nothing from 3 s on, for writes until `back_s`, for reads until
// one second earlier; the serving region changes with the reads and returns at 13.5 s.
Timeline timeline(double back_s) {
    Timeline made;
    made.servers = {"us-east", "eu-west", "ap-south"};
    for (int i = -15; i < 90; ++i) {
        TimelineBin bin;
        bin.at = i * 0.2;
        bin.width = 0.2;
        bin.due = 60;
        const bool reads_down = bin.at >= 3 && bin.at < back_s - 1;
        const bool writes_down = bin.at >= 3 && bin.at < back_s;
        const auto wave = static_cast<std::uint32_t>((i + 15) % 4);
        bin.ok_reads = reads_down ? 0 : 28 + wave;
        bin.ok_writes = writes_down ? 0 : 32 - wave;
        bin.bad_reads = reads_down ? 28 + wave : 0;
        bin.bad_writes = writes_down ? 32 - wave : 0;
        const bool slow = bin.at >= back_s - 1 && bin.at < back_s + 1.5;
        bin.p50 = reads_down ? nan : slow ? 0.012 : 0.0021 + 0.0001 * wave;
        bin.p99 = reads_down ? nan : slow ? 0.31 : 0.0079 + 0.0006 * wave;
        const auto good = bin.ok_reads + bin.ok_writes;
        const bool away = bin.at >= back_s - 1 && bin.at < 13.5;
        bin.served = {away ? 0 : good, away ? good - good / 6 : 0, away ? good / 6 : 0};
        made.bins.push_back(std::move(bin));
    }
    made.marks = {{MarkKind::fault, "us-east-down", 3, 11},
                  {MarkKind::detection, "health check fails", 3.6, 3.6},
                  {MarkKind::switchover, "served by eu-west", back_s - 1, back_s - 1},
                  {MarkKind::recovery, "RTO, writes", 3, back_s}};
    return made;
}

Report base(double back_s) {
    Report made;
    made.scenario = scenario();
    made.run_id = "20260102-030405-region-outage";
    made.started_at = "2026-01-02T03:04:05Z";
    made.program_version = "0.1.0";
    made.scenario_sha256 = std::string(64, 'a');
    made.evidence_sha256 = std::string(64, 'b');
    made.steady = {at(seconds(2)), at(seconds(5))};
    made.active = {at(seconds(5)), at(seconds(23))};
    made.outcomes = {5820, 310, 170};
    made.instrument = {std::chrono::microseconds(41), std::chrono::microseconds(890),
                       milliseconds(6), 0};
    FaultWindow fault;
    fault.id = FaultId(1);
    fault.name = "us-east-down";
    fault.kind = "region_outage";
    fault.nodes = {NodeId(0)};
    fault.injected = {at(milliseconds(8000)), at(milliseconds(8004))};
    fault.healed = Interval<Instant>{at(milliseconds(16000)), at(milliseconds(16003))};
    fault.affected = 214;
    made.faults = {fault};
    made.timeline = timeline(back_s);
    made.measures = {
        {"rto", "Recovery time (RTO)", "how long until it served again"},
        {"rpo", "Recovery point (RPO)", "what acknowledged writes were lost"},
        {"split_brain", "Split-brain writes", "writes of two regions at once"},
        {"flapping", "Flapping", "changes of the serving region beyond those expected"},
        {"availability", "Availability", "good operations of those due"},
        {"latency", "Latency", "completed minus scheduled"},
        {"replication_lag", "Replication lag", "age of what replicas can read"}};
    made.key_metrics = {{"rto_write"},
                        {"rto_read"},
                        {"rpo"},
                        {"lost_acked"},
                        {"split_brain_writes", Comparison::at_most, true},
                        {"flaps", Comparison::at_most, true},
                        {"availability", Comparison::at_least}};
    made.not_tested = {"loss of two regions at once", "clock skew between regions"};
    return made;
}

Measurement recovery(const char* metric, Interval<double> value, const char* region) {
    auto made = measured("rto", metric, Unit::seconds, value, "us-east-down", region);
    made.criterion =
        "from t_fault (fault us-east-down in force) to t_stable, start of the first window in "
        "which the minimum level holds (99 % success, 80 % of baseline, for 1 s)";
    made.figures = {{"detect", Unit::seconds, Interval<double>{0.58, 0.62}},
                    {"decide", Unit::seconds, std::nullopt},
                    {"switch", Unit::seconds, Interval<double>{value.low - 0.7, value.low - 0.6}},
                    {"recover", Unit::seconds, Interval<double>{0.05, 0.1}}};
    made.witnesses = {901, 1204};
    made.from = Interval<Instant>{at(milliseconds(8000)), at(milliseconds(8004))};
    made.to = Interval<Instant>{at(milliseconds(9400)), at(milliseconds(9420))};
    return made;
}

Measurement ledger(double lost) {
    auto made = measured("rpo", "lost_acked", Unit::count, point(lost));
    made.criterion =
        "acknowledged writes that a final read shows missing; unknown writes never count";
    made.figures = {{"acked", Unit::count, point(2911)},
                    {"lost_share", Unit::share, point(lost / 2911)},
                    {"stable", Unit::count, point(2911 - lost)},
                    {"stale", Unit::count, point(0)},
                    {"indeterminate", Unit::count, point(0)}};
    return made;
}

std::vector<Measurement> rest(double flaps, double pairs) {
    auto p99 = measured("latency", "latency_p99", Unit::seconds, point(0.0085));
    p99.criterion = "completed − scheduled of good operations in the steady window";
    return {measured("split_brain", "split_brain_writes", Unit::count, point(pairs)),
            measured("flapping", "flaps", Unit::count, point(flaps)),
            measured("availability", "availability", Unit::share, point(0.9236)), p99};
}

}  // namespace

Report failed_report() {
    Report made = base(6.4);
    made.verdict = Verdict::failed;
    made.headline =
        "us-east died for 8.00 s: reads were down 2.40–2.42 s, writes 3.38–3.42 s; 3 acknowledged "
        "writes were lost, the oldest 190 ms old.";
    made.reasons = {"writes of all regions were back after 3 s",
                    "3 of 2911 acknowledged writes were lost"};
    made.connections = {{"clients-us->us-1", "open", {FaultId(1)}, 4, 0, 0},
                        {"clients-us->us-1", "fin_by_client", {}, 60, 812'345, 40'311'204},
                        {"clients-us->us-1", "rst_by_fault", {FaultId(1)}, 20, 10'020, 999},
                        {"us-1->eu-1", "rst_by_upstream", {}, 1, 7'000'000, 0}};
    made.causes = {{0, Verb::read, Cause::refused, "", 210, at(milliseconds(8010)), ""},
                   {0, Verb::write, Cause::server_error, "HTTP 503", 100, at(milliseconds(8004)),
                    "no leader\nelection is under way"},
                   {0, Verb::write, Cause::timed_out, "", 170, at(milliseconds(8504)), ""}};
    const auto reads = recovery("rto_read", {2.40, 2.42}, "");
    const auto writes = recovery("rto_write", {3.38, 3.42}, "");
    auto rpo = measured("rpo", "rpo", Unit::seconds, Interval<double>{0.186, 0.19}, "us-east-down");
    rpo.why = "1 lost write was acknowledged after the fault";
    made.measurements = {writes,
                         reads,
                         recovery("rto_write", {3.38, 3.42}, "us-east"),
                         recovery("rto_write", {3.37, 3.41}, "eu-west"),
                         rpo,
                         ledger(3)};
    for (auto& each : rest(0, 0)) made.measurements.push_back(each);
    made.findings = {
        finding("rto", 3, "3s", writes, "writes of all regions were back after 3 s"),
        finding("rpo", 1, "1s", rpo, "the oldest lost write was 190 ms old at the fault"),
        finding("lost_acked", 0, "0", ledger(3), "3 of 2911 acknowledged writes were lost"),
        finding("split_brain_writes", 0, "0", rest(0, 0)[0], "one region wrote at a time"),
        finding("flaps", 0, "0", rest(0, 0)[1], "it went over once and came back once")};
    Finding slow = finding("latency_p99", 0.008, "8ms", rest(0, 0)[3], "a little slow");
    slow.target.severity = Severity::warn;
    made.findings.push_back(slow);
    made.timeline.marks.push_back({MarkKind::recovery_point, "RPO", 2.81, 3});
    made.warnings = {"the resolution of 3.33 ms is 0.1 % of the RTO target"};
    return made;
}

Report passed_report() {
    Report made = base(4.5);
    made.verdict = Verdict::passed;
    made.headline =
        "us-east died for 8.00 s: writes were down 1.49–1.52 s; no acknowledged write was lost.";
    const auto writes = recovery("rto_write", {1.49, 1.52}, "");
    const auto rpo = measured("rpo", "rpo", Unit::seconds, point(0), "us-east-down");
    made.measurements = {writes, recovery("rto_read", {0.49, 0.52}, ""), rpo, ledger(0)};
    for (auto& each : rest(0, 0)) made.measurements.push_back(each);
    made.findings = {
        finding("rto", 3, "3s", writes, "back within the target"),
        finding("rpo", 0, "0s", rpo, "nothing acknowledged was lost"),
        finding("lost_acked", 0, "0", ledger(0), "all 2911 acknowledged writes were read back"),
        finding("split_brain_writes", 0, "0", rest(0, 0)[0], "one region wrote at a time"),
        finding("flaps", 0, "0", rest(0, 0)[1], "it went over once and came back once")};
    return made;
}

Report inconclusive_report() {
    Report made = base(3);
    made.verdict = Verdict::inconclusive;
    made.headline = "The fault us-east-down never bit, so the run says nothing about its targets.";
    made.reasons = {"fault us-east-down: no proof that it bit"};
    made.faults[0].affected = 0;
    made.faults[0].healed.reset();
    auto rto = recovery("rto", {0, infinity}, "");
    rto.figures.clear();
    auto lag = measured("replication_lag", "replication_lag", Unit::seconds, std::nullopt);
    lag.why = "no lag probe was declared";
    made.measurements = {rto, lag};
    made.findings = {finding("rto", 3, "3s", rto, "the fault did not bite"),
                     finding("replication_lag", 1, "1s", lag, "no lag probe was declared")};
    made.timeline.marks = {{MarkKind::fault, "us-east-down", 3, 11}};
    return made;
}

Report hostile_report() {
    const std::string evil =
        "<script>alert('x')</script> ]]> --> \"quoted\" & `tick` | pipe\n# head [a](b) @all "
        "\x01\x02\x1b[31m\x7f \xff\xfe \xed\xa0\x80 \xe2\x80\xae"
        "rtl \xef\xbf\xbf 世界 "
        "</title></style></svg><!-- ${{ secrets }}";
    const std::string longest(3000, 'W');
    Report made = failed_report();
    made.verdict = Verdict::dirty;
    made.headline = evil;
    made.reasons = {evil, longest, ""};
    made.warnings = {evil};
    made.not_tested = {evil, longest};
    Scenario& scenario = made.scenario;
    for (auto* text : {&scenario.name, &scenario.title, &scenario.hypothesis, &scenario.owner,
                       &scenario.service, &scenario.tier, &made.run_id, &made.started_at,
                       &made.program_version, &made.scenario_sha256, &made.evidence_sha256}) {
        *text = evil + longest;
    }
    scenario.tags = {evil, longest};
    scenario.seed = std::numeric_limits<std::uint64_t>::max();
    scenario.time_scale = nan;
    scenario.minimum.success = infinity;
    scenario.loads[0].rate_per_s = infinity;
    scenario.faults[0].name = scenario.faults[0].fault = evil;
    scenario.loads[0].name = scenario.loads[0].driver = evil;
    made.faults[0].name = made.faults[0].kind = made.faults[0].heal_error = evil;
    made.faults[0].notes = {evil, longest, ""};
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    made.connections = {{evil, evil, {FaultId(1), FaultId(77), FaultId()}, most, most, 999},
                        {longest, "", {}, 0, 0, most - 1}};
    made.causes = {{0, Verb::read, Cause::unexpected, evil, most, {}, evil},
                   {65535, Verb::write, static_cast<Cause>(99), longest, 0, {}, longest}};
    made.faults[0].nodes = {NodeId(0), NodeId(999), NodeId()};
    for (const double low : {nan, -infinity, infinity, 1e300, -1e300, -1.0}) {
        for (const double high : {nan, infinity, 1e300}) {
            auto seen =
                measured(evil, evil, Unit::seconds, Interval<double>{low, high}, evil, evil);
            seen.why = seen.criterion = evil;
            seen.figures = {{evil, Unit::share, Interval<double>{low, high}},
                            {evil, Unit::per_second, std::nullopt}};
            seen.from = Interval<Instant>{Instant::min(), Instant::max()};
            made.measurements.push_back(seen);
            Finding added = finding("rto", low, evil.c_str(), seen, evil);
            added.target.id = evil;
            made.findings.push_back(added);
        }
    }
    Timeline& picture = made.timeline;
    picture.servers.clear();
    for (int i = 0; i < 20; ++i) picture.servers.push_back(evil + std::to_string(i));
    picture.bins[3] = {nan, nan, 0, 0, 0, 0, 0, nan, infinity, {}};
    picture.bins[4] = {-infinity,
                       infinity,
                       1,
                       4'000'000'000U,
                       4'000'000'000U,
                       1,
                       1,
                       -1,
                       0,
                       std::vector<std::uint32_t>(40, 4'000'000'000U)};
    picture.bins[5].width = 0;
    picture.marks.push_back({static_cast<MarkKind>(99), evil, nan, infinity});
    for (int i = 0; i < 30; ++i) picture.marks.push_back({MarkKind::fault, evil, -1e300, 1e300});
    for (int i = 0; i < 30; ++i) picture.marks.push_back({MarkKind::recovery, longest, 2, 1});
    return made;
}

}  // namespace gameday::test
