#include "tests/proof/check.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

namespace gameday::proof {

namespace {

std::string number(double value) {
    return std::isinf(value) ? (value > 0 ? "inf" : "-inf") : std::to_string(value);
}

std::string claimed(const Measurement& one) {
    return one.value ? "[" + number(one.value->low) + ", " + number(one.value->high) + "]" : "none";
}

std::string truth_text(const Claimable& truth) {
    return "low at most " + number(truth.low_at_most) + ", high at least " +
           number(truth.high_at_least) + (truth.no_pass ? ", too little load" : "");
}

std::string without_numbers(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
        if (!digit)
            result += c;
        else if (result.empty() || result.back() != '#')
            result += '#';
    }
    return result;
}

// Widest spacing of the streams that a measurement may be about.
double spacing(const Truth& truth, const Measurement& one) {
    double widest = 0;
    for (const auto& stream : truth.streams) {
        if (one.metric.ends_with("_read") && stream.verb != Verb::read) continue;
        if (one.metric.ends_with("_write") && stream.verb != Verb::write) continue;
        if (!one.client_region.empty() && truth.regions[stream.region] != one.client_region) {
            continue;
        }
        widest = std::max(widest, 1 / stream.rate);
    }
    return widest;
}

void check_measurements(std::uint64_t seed, const History& history, const Claims& claims,
                        Tally& tally) {
    const auto& truth = history.truth;
    for (const auto& one : claims.measurements) {
        if (!one.value) continue;
        const auto& value = *one.value;
        const auto right = claimable(truth, one.metric, one.client_region, one.fault);
        ++tally.checked;
        if (!right.holds(value.low, value.high)) {
            tally.wrongs.push_back({Wrong::Kind::outside, seed, one.metric, one.client_region,
                                    one.fault, claimed(one) + ", truth " + truth_text(right)});
        }
        const bool wanted = one.metric.starts_with("rto") || one.metric.starts_with("rpo") ||
                            one.metric.starts_with("outage_time");
        if (wanted && std::isfinite(value.high) && value.high > 0) {
            tally.widths[one.metric].push_back((value.high - value.low) / spacing(truth, one));
        }
    }
}

// What the whole run may be called.
struct Allowed {
    bool pass = true, fail = false, clear = true;  // clear: far from every target
};

bool far_off(const Claimable& truth, const TargetSpec& target, double resolution) {
    const double ends[] = {truth.low_at_most, truth.high_at_least};
    return std::all_of(std::begin(ends), std::end(ends), [&](double end) {
        if (!std::isfinite(end)) return false;
        const double distance = std::abs(end - target.value);
        return distance > 4 * resolution && target.value >= 0;
    });
}

Allowed allowed(const History& history, const std::vector<TargetSpec>& targets) {
    const auto& truth = history.truth;
    Allowed result;
    result.pass = truth.steady_before && truth.steady_after && truth.proven;
    result.fail = !truth.steady_after;
    const bool kept = std::ranges::all_of(history.scenario.loads,
                                          [](const LoadSpec& load) { return load.ledger; });
    double resolution = 0;
    for (const auto& stream : truth.streams) resolution = std::max(resolution, 2 / stream.rate);
    for (const auto& target : targets) {
        const auto right = claimable(truth, target.metric, target.region, target.fault);
        const bool fails = target.severity == Severity::fail;
        if (fails && !right.may_pass(target)) result.pass = false;
        if (fails && right.may_fail(target)) result.fail = true;
        const bool exact = target.implied && target.value == 0 && right.high_at_least == 0 &&
                           right.low_at_most == 0;
        if (!exact && !far_off(right, target, target.implied ? 0 : resolution))
            result.clear = false;
        // Without a ledger of all loads nothing can be said of data.
        if (!kept && (target.metric.starts_with("rpo") || target.metric.starts_with("lost"))) {
            result.clear = false;
        }
    }
    for (const auto& stream : truth.streams) {
        if (stream.starved || stream.thin) result.clear = false;
    }
    if (truth.suspended) result.clear = false;
    return result;
}

void check_findings(std::uint64_t seed, const History& history, const Claims& claims,
                    Tally& tally) {
    for (const auto& finding : claims.findings) {
        const auto& target = finding.target;
        const auto right = claimable(history.truth, target.metric, target.region, target.fault);
        const std::string text = "target " + number(target.value) + ", claimed " +
                                 claimed(finding.measurement) + ", truth " + truth_text(right);
        if (finding.grade == Grade::met && !right.may_pass(target)) {
            tally.wrongs.push_back({Wrong::Kind::false_pass, seed, target.metric, target.region,
                                    target.fault, "met: " + text});
        }
        if (finding.grade == Grade::missed && !right.may_fail(target)) {
            tally.wrongs.push_back({Wrong::Kind::false_fail, seed, target.metric, target.region,
                                    target.fault, "missed: " + text});
        }
    }
}

}  // namespace

void check(std::uint64_t seed, const History& history, const Claims& claims, Tally& tally,
           const std::function<bool()>& decides) {
    ++tally.histories;
    if (history.truth.steady_before) {  // else the run is refused, and its figures are none
        check_measurements(seed, history, claims, tally);
        check_findings(seed, history, claims, tally);
    }
    auto targets = history.scenario.targets;
    for (auto& target : implied_targets(history.truth)) targets.push_back(std::move(target));
    const auto right = allowed(history, targets);
    std::string reasons;
    for (const auto& reason : claims.reasons) reasons += reason + "; ";
    switch (claims.verdict) {
        case Verdict::passed: ++tally.passed; break;
        case Verdict::failed: ++tally.failed; break;
        case Verdict::inconclusive: ++tally.inconclusive; break;
        default: ++tally.other;
    }
    if (claims.verdict == Verdict::passed && !right.pass) {
        tally.wrongs.push_back(
            {Wrong::Kind::false_pass, seed, "verdict", "", "", "passed: " + reasons});
    }
    const bool accused = claims.verdict == Verdict::failed ||
                         (claims.verdict == Verdict::refused && history.truth.steady_before);
    const bool fair = right.fail && history.truth.steady_before &&
                      claims.verdict != Verdict::refused;  // not steady before: refused
    if (accused && !fair) {
        tally.wrongs.push_back({Wrong::Kind::false_fail, seed, "verdict", "", "",
                                std::string(name_of(claims.verdict)) + ": " + reasons});
    }
    const bool sound = history.truth.steady_before && history.truth.steady_after &&
                       history.truth.proven && !history.scenario.targets.empty();
    if (!right.clear || !sound) return;
    if (claims.verdict == Verdict::inconclusive && decides && !decides()) {
        ++tally.undecided;
        return;
    }
    ++tally.enough;
    if (claims.verdict != Verdict::inconclusive) return;
    ++tally.needless;
    for (const auto& reason : claims.reasons) ++tally.reasons[without_numbers(reason)];
}

void Tally::add(const Tally& more) {
    histories += more.histories;
    passed += more.passed;
    failed += more.failed;
    inconclusive += more.inconclusive;
    other += more.other;
    checked += more.checked;
    enough += more.enough;
    needless += more.needless;
    undecided += more.undecided;
    wrongs.insert(wrongs.end(), more.wrongs.begin(), more.wrongs.end());
    for (const auto& [reason, times] : more.reasons) reasons[reason] += times;
    for (const auto& [metric, values] : more.widths) {
        auto& mine = widths[metric];
        mine.insert(mine.end(), values.begin(), values.end());
    }
}

std::uint64_t Tally::count(Wrong::Kind kind) const {
    return static_cast<std::uint64_t>(std::count_if(
        wrongs.begin(), wrongs.end(), [&](const Wrong& one) { return one.kind == kind; }));
}

std::string Tally::text() const {
    std::string text = std::to_string(histories) + " histories: " + std::to_string(passed) +
                       " passed, " + std::to_string(failed) + " failed, " +
                       std::to_string(inconclusive) + " inconclusive, " + std::to_string(other) +
                       " other; " + std::to_string(checked) + " intervals\n" +
                       std::to_string(count(Wrong::Kind::false_pass)) + " false passes, " +
                       std::to_string(count(Wrong::Kind::false_fail)) + " false fails, " +
                       std::to_string(count(Wrong::Kind::outside)) + " truths outside\n";
    std::map<std::string, std::uint64_t> by_metric;
    constexpr const char* kinds[] = {"truth outside", "false pass", "false fail"};
    for (const auto& one : wrongs) {
        ++by_metric[std::string(kinds[static_cast<int>(one.kind)]) + ", " + one.metric];
    }
    for (const auto& [metric, times] : by_metric) {
        text += "  " + std::to_string(times) + " × " + metric + "\n";
    }
    std::map<std::uint64_t, int> shown;  // at most two of a seed, so that other kinds show
    int lines = 0;
    for (const auto& one : wrongs) {
        if (++shown[one.seed] > 2 || ++lines > 20) continue;
        text += "  seed " + std::to_string(one.seed) + ": " + kinds[static_cast<int>(one.kind)] +
                ": " + one.metric + (one.region.empty() ? "" : " of " + one.region) +
                (one.fault.empty() ? "" : " by " + one.fault) + ": " + one.text + "\n";
    }
    text += "inconclusive although load and distance were enough: " + std::to_string(needless) +
            " of " + std::to_string(enough) + " (and " + std::to_string(undecided) +
            " that the definitions leave open)\n";
    for (const auto& [reason, times] : reasons) {
        text += "  " + std::to_string(times) + " × " + reason + "\n";
    }
    for (auto [metric, values] : widths) {
        std::sort(values.begin(), values.end());
        text += "  median width of " + metric + ": " + number(values[values.size() / 2]) +
                " spacings (of " + std::to_string(values.size()) + ")\n";
    }
    return text;
}

}  // namespace gameday::proof
