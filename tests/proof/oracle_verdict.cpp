// From measurements to findings and the verdict.
#include "tests/proof/oracle_parts.hpp"

#include <algorithm>
#include <map>

namespace gameday::proof {

namespace {

bool has(const Case& the, const Lane& lane, const std::string& region, const std::string& metric) {
    if (the.is(Mutation::one_verb_only) && lane.verb == Verb::read) return false;
    if (metric.ends_with("_read") && lane.verb != Verb::read) return false;
    if (metric.ends_with("_write") && lane.verb != Verb::write) return false;
    return region.empty() || the.evidence.topology.region_name(lane.region) == region;
}

template <class Measure>
void worst_of(const Case& the, const std::string& metric, const std::string& fault, Unit unit,
              std::vector<Measurement>& all, const Measure& measure) {
    const bool smaller = metric == "availability";
    std::vector<Figures> each;
    for (const auto& lane : the.lanes) each.push_back(measure(lane));
    std::vector<std::string> regions{""};
    for (const auto& region : the.evidence.topology.regions) regions.push_back(region.name);
    for (const auto& region : regions) {
        std::optional<Figures> worst;
        for (std::size_t index = 0; index < each.size(); ++index) {
            if (!has(the, the.lanes[index], region, metric)) continue;
            const auto& one = each[index];
            if (!worst)
                worst = one;
            else if (smaller)
                worst = {std::min(worst->low, one.low), std::min(worst->high, one.high)};
            else
                worst = {std::max(worst->low, one.low), std::max(worst->high, one.high)};
        }
        if (worst) add(all, metric, region, fault, unit, worst);
    }
}

void measure_time(const Case& the, std::vector<Measurement>& all) {
    worst_of(the, "availability", "", Unit::share, all,
             [](const Lane& lane) { return availability(lane); });
    for (const auto& [metric, quantile] :
         std::map<std::string, double>{{"latency_p50", 0.5}, {"latency_p99", 0.99}}) {
        worst_of(the, metric, "", Unit::seconds, all,
                 [&](const Lane& lane) { return latency(the, lane, quantile); });
    }
    for (const std::string verb : {"", "_read", "_write"}) {
        worst_of(the, "outage_time" + verb, "", Unit::seconds, all,
                 [&](const Lane& lane) { return outage_time(the, lane); });
        for (const auto& fault : the.faults) {
            worst_of(the, "rto" + verb, fault.name, Unit::seconds, all,
                     [&](const Lane& lane) { return rto(the, lane, fault); });
        }
    }
    for (const auto& fault : the.faults) {
        worst_of(the, "ridden_out", fault.name, Unit::count, all,
                 [&](const Lane& lane) { return ridden_out(the, lane, fault); });
        worst_of(the, "failback_rto", fault.name, Unit::seconds, all,
                 [&](const Lane& lane) { return failback_rto(the, lane, fault); });
    }
}

// Share of good operations, and whether there were enough of them.
bool steady_in(const Case& the, double from, double to) {
    double due_all = 0, good_all = 0;
    for (const auto& lane : the.lanes) {
        double due = 0, good = 0;
        for (const auto& operation : lane.operations) {
            if (operation.scheduled < from || operation.scheduled >= to) continue;
            if (operation.spoiled) continue;
            ++due;
            if (operation.good) ++good;
        }
        due_all += due;
        good_all += good;
        if (due > 0 && good / due < the.scenario.steady.success &&
            !the.is(Mutation::steady_pooled)) {
            return false;
        }
    }
    return due_all > 0 && good_all / due_all >= the.scenario.steady.success * 0.95;
}

bool needs_level(const std::string& metric) {
    return metric.starts_with("rto") || metric.starts_with("outage") || metric == "ridden_out" ||
           metric == "failback_rto";
}

Finding find(const Case& the, const TargetSpec& target, const std::vector<Measurement>& all) {
    Finding finding;
    finding.target = target;
    finding.measurement.metric = target.metric;
    const bool run_wide = target.fault.empty() && target.metric == "lost_acked";
    for (const auto& one : all) {
        if (one.metric != target.metric || one.client_region != target.region) continue;
        if (!target.fault.empty() && one.fault != target.fault) continue;
        if (run_wide && !one.fault.empty()) continue;
        auto& worst = finding.measurement.value;
        if (!one.value) continue;
        if (!worst)
            worst = one.value;
        else
            *worst = {std::max(worst->low, one.value->low), std::max(worst->high, one.value->high)};
    }
    finding.grade = grade(target, finding.measurement);
    for (const auto& lane : the.lanes) {
        if (!lane.thin || the.is(Mutation::thin_passes)) continue;
        const bool touches = has(the, lane, target.region, target.metric);
        if (finding.grade == Grade::met && needs_level(target.metric) && touches) {
            finding.grade = Grade::inconclusive;
            finding.reason = "a stream is too thin for its level";
        }
    }
    if (finding.grade == Grade::inconclusive && finding.reason.empty()) {
        finding.reason = target.metric + " is not known well enough";
    }
    if (finding.grade == Grade::missed) finding.reason = target.metric + " is missed";
    return finding;
}

}  // namespace

Judgement oracle_judged(const Scenario& scenario, const Evidence& evidence,
                        const std::vector<TargetSpec>& targets, Mutation mutation) {
    const Case the = make_case(scenario, evidence, mutation);
    Judgement result;
    measure_time(the, result.measurements);
    measure_ledger(the, result.measurements);
    measure_order(the, result.measurements);
    bool missed = false, open = targets.empty();
    for (const auto& target : targets) {
        result.findings.push_back(find(the, target, result.measurements));
        const auto& finding = result.findings.back();
        if (target.severity != Severity::fail) continue;
        missed = missed || finding.grade == Grade::missed;
        open = open || finding.grade == Grade::inconclusive;
        if (!finding.reason.empty()) result.reasons.push_back(finding.reason);
    }
    for (const auto& fault : the.faults) {
        if (fault.bit || the.is(Mutation::unproven_passes)) continue;
        open = true;
        result.reasons.push_back("a fault did not prove that it bit");
    }
    bool declared = false;
    for (const auto& target : targets) {
        declared = declared || !target.implied || target.metric == "ridden_out";
    }
    if (!declared) open = true;
    const double window = seconds(scenario.steady.window);
    if (!steady_in(the, the.active_low - window, the.active_low)) {
        result.verdict = Verdict::refused;
        result.reasons.emplace_back("not steady before");
    } else if (!steady_in(the, the.active_high - window, the.active_high)) {
        result.verdict = Verdict::failed;
        result.reasons.emplace_back("not steady after");
    } else if (missed) {
        result.verdict = Verdict::failed;
    } else {
        result.verdict = open ? Verdict::inconclusive : Verdict::passed;
    }
    return result;
}

}  // namespace gameday::proof
