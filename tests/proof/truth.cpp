// What may be claimed of each metric, read off the truth.
#include "tests/proof/history.hpp"

#include "harness/base/random.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::proof {

bool Claimable::holds(double low, double high) const {
    constexpr double hair = 1e-8;  // instants are whole nanoseconds
    return low <= low_at_most + hair && high >= high_at_least - hair;
}

bool Claimable::may_pass(const TargetSpec& target) const {
    constexpr double hair = 1e-8;
    if (no_pass) return false;
    return target.comparison == Comparison::at_most ? high_at_least <= target.value + hair
                                                    : low_at_most >= target.value - hair;
}

bool Claimable::may_fail(const TargetSpec& target) const {
    constexpr double hair = 1e-8;
    return target.comparison == Comparison::at_most ? low_at_most > target.value - hair
                                                    : high_at_least < target.value + hair;
}

Claimable worst(const Claimable& a, const Claimable& b, bool smaller) {
    const auto pick = [&](double x, double y) { return smaller ? std::min(x, y) : std::max(x, y); };
    // No opinion about one of them: the end is open on the side that it can move.
    return {smaller && (a.low_at_most == infinite || b.low_at_most == infinite)
                ? std::min(a.low_at_most, b.low_at_most)
                : pick(a.low_at_most, b.low_at_most),
            pick(a.high_at_least, b.high_at_least), a.no_pass || b.no_pass};
}

namespace {

bool owns(const Truth& truth, const FaultTruth& fault, double begin) {
    if (begin < fault.injected) return false;
    if (begin < fault.healed) return true;
    if (begin >= fault.healed + truth.hold) return false;
    for (const auto& other : truth.faults) {
        for (const double pulse : other.pulses) {
            if (pulse >= fault.healed && pulse <= begin) return false;
        }
    }
    return true;
}

Claimable rto_of(const Truth& truth, const StreamTruth& stream, const FaultTruth& fault) {
    if (stream.thin) return {infinite, -infinite, stream.starved};
    Claimable result = Claimable::point(0);
    bool owned = false, censored = false;
    double reach = 0, unseen = 0;
    for (const auto& span : stream.spans) {
        const bool under_way = span.begin < fault.injected && span.end > fault.injected;
        if (under_way && span.sure) {
            // Nobody can tell that it was, when nothing was hit before the fault.
            const bool told = span.hits.front() < fault.injected - 0.01;
            result.low_at_most = told ? 0 : span.end - fault.injected;
            result.high_at_least = std::max(0.0, span.end_early - fault.injected);
        }
        // What hits but a share may look like several spans, of which the later ones are the
        // fault's.
        if (under_way && !span.whole) {
            const double end = std::min(span.end, truth.active_high) - fault.injected;
            result.low_at_most = std::max(result.low_at_most, end);
        }
        if (!owns(truth, fault, span.begin)) continue;
        const bool held = span.begin < fault.healed && span.end > fault.healed;
        const double end = std::min(span.end, truth.active_high) - fault.injected;
        if (span.sure) {
            owned = true;
            const double seen = span.harmless || span.whole ? span.end : span.end_early;
            result = Claimable{end, seen - fault.injected};
            if (span.end > truth.active_high) result.high_at_least = infinite;
            censored = censored || held;
        } else {
            reach = std::max(reach, held ? fault.healed - fault.injected : end);
            unseen = std::max(unseen, span.whole ? span.down : 0);
        }
    }
    if (censored) return {fault.healed - fault.injected, infinite, stream.starved};
    result.low_at_most = std::max(result.low_at_most, reach);
    if (!owned) result.high_at_least = std::max(result.high_at_least, unseen);
    result.no_pass = stream.starved;
    return result;
}

Claimable ridden_out_of(const Truth& truth, const StreamTruth& stream, const FaultTruth& fault) {
    if (stream.thin) return {infinite, -infinite, stream.starved};
    Claimable result = Claimable::point(0);
    for (const auto& span : stream.spans) {
        if (span.begin < fault.injected && span.end > fault.injected) ++result.low_at_most;
        if (!owns(truth, fault, span.begin)) continue;
        // What hits but a share may look like several spans, and so may what is hit in flight.
        result.low_at_most += span.whole ? 2 : 1 + static_cast<double>(span.hits.size());
        if (span.sure) ++result.high_at_least;
    }
    // A pause of the instrument may join outages, or hide where one begins: not that there is any.
    if (truth.suspended) result.high_at_least = std::min(1.0, result.high_at_least);
    result.no_pass = stream.starved;
    return result;
}

Claimable failback_of(const Truth& truth, const StreamTruth& stream, const FaultTruth& fault) {
    if (stream.thin || fault.overlaps) return {infinite, -infinite, stream.starved};
    double next = infinite;
    for (const auto& other : truth.faults) {
        if (other.injected > fault.healed) next = std::min(next, other.injected);
    }
    Claimable result = Claimable::point(0);
    for (const auto& span : stream.spans) {
        if (span.end <= fault.healed || span.begin >= next) continue;
        const double end = std::min({span.end, truth.active_high, next}) - fault.healed;
        const double late = std::min(span.end, truth.active_high) - fault.healed;
        result.low_at_most = std::max(result.low_at_most, late);
        if (!span.sure) continue;
        result.high_at_least =
            std::max(result.high_at_least, span.whole ? end : span.end_early - fault.healed);
        if (span.end > truth.active_high) result.high_at_least = infinite;
    }
    result.no_pass = stream.starved;
    return result;
}

Claimable outage_of(const Truth& truth, const StreamTruth& stream) {
    if (stream.thin) return {infinite, -infinite, stream.starved};
    Claimable result = Claimable::point(0);
    for (const auto& span : stream.spans) {
        const double end = std::min(span.end, truth.active_high);
        const double early = std::min(span.end_early, end);
        // An operation under way when it begins is due up to a hundredth of a second before.
        result.low_at_most += end - span.begin + 0.01;
        if (&span !=
            &stream.spans.front()) {  // By the window, what lies between may be one with both.
            const double between = span.begin - (&span - 1)->end;
            if (between < std::max(truth.hold, stream.window)) result.low_at_most += between;
        }
        if (span.whole) {
            const double melted = span.end - span.begin - span.down;
            if (!span.harmless) result.high_at_least += early - span.begin - melted;
        } else if (span.sure) {
            result.high_at_least += std::max(0.0, early - span.begin_late);
        }
    }
    result.no_pass = stream.starved;
    return result;
}

Claimable availability_of(const StreamTruth& stream) {
    const auto due = static_cast<double>(stream.due);
    const auto good = static_cast<double>(stream.good);
    return {(good + static_cast<double>(stream.spoiled)) / due, good / due};
}

Claimable latency_of(const StreamTruth& stream, double quantile) {
    const auto at = [&](std::vector<double> values, double rank) {
        std::sort(values.begin(), values.end());
        const double last = static_cast<double>(values.size()) - 1;
        return values.empty() ? 0.0 : values[static_cast<std::size_t>(std::clamp(rank, 0.0, last))];
    };
    const auto all = static_cast<double>(stream.latencies.size());
    const auto some = static_cast<double>(stream.unspoiled.size());
    // What the pause delayed may be left in or out.
    return {std::max(at(stream.latencies, std::ceil(quantile * all)),
                     at(stream.unspoiled, std::ceil(quantile * some))),
            std::min(at(stream.latencies, std::floor(quantile * all) - 1),
                     at(stream.unspoiled, std::floor(quantile * some) - 1))};
}

Claimable of_stream(const Truth& truth, const StreamTruth& stream, const std::string& metric,
                    const FaultTruth* fault) {
    if (metric == "availability") return availability_of(stream);
    if (metric == "latency_p50") return latency_of(stream, 0.5);
    if (metric == "latency_p99") return latency_of(stream, 0.99);
    if (metric.starts_with("outage_time")) return outage_of(truth, stream);
    if (fault == nullptr) return {};
    if (metric.starts_with("rto")) return rto_of(truth, stream, *fault);
    if (metric == "ridden_out") return ridden_out_of(truth, stream, *fault);
    if (metric == "failback_rto") return failback_of(truth, stream, *fault);
    return {};
}

bool of_faults(const std::string& metric) {
    return metric.starts_with("rto") || metric == "ridden_out" || metric == "failback_rto";
}

}  // namespace

Claimable claimable(const Truth& truth, const std::string& metric, const std::string& region,
                    const std::string& fault) {
    const bool smaller = metric == "availability";
    const bool streams = smaller || metric.starts_with("latency_p") ||
                         metric.starts_with("outage_time") || of_faults(metric);
    bool any = false;
    Claimable result;
    const auto take = [&](const Claimable& value) {
        result = any ? worst(result, value, smaller) : value;
        any = true;
    };
    if (!streams) {
        if (fault.empty() && truth.run.contains(metric)) {
            return region.empty() ? truth.run.at(metric) : Claimable{};
        }
        for (const auto& one : truth.faults) {
            if (!fault.empty() && one.name != fault) continue;
            const auto found = one.data.find(metric);
            take(found == one.data.end() ? Claimable{} : found->second);
        }
        return region.empty() ? result : Claimable{};
    }
    double spans = 0;
    for (const auto& stream : truth.streams) {
        if (!region.empty() && truth.regions[stream.region] != region) continue;
        if (metric.ends_with("_read") && stream.verb != Verb::read) continue;
        if (metric.ends_with("_write") && stream.verb != Verb::write) continue;
        if (!of_faults(metric)) take(of_stream(truth, stream, metric, nullptr));
        for (const auto& one : truth.faults) {
            if (!of_faults(metric) || (!fault.empty() && one.name != fault)) continue;
            take(of_stream(truth, stream, metric, &one));
            spans += of_stream(truth, stream, metric, &one).low_at_most;
        }
    }
    // Counted in the worst stream or over all of them.
    if (metric == "ridden_out") result.low_at_most = spans;
    return result;
}

}  // namespace gameday::proof
