#include "harness/judge/instrument.hpp"

#include "harness/model/goodness.hpp"
#include "harness/model/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

namespace gameday::judge {
namespace {

constexpr double too_coarse = 0.5;  // of a target: inconclusive
constexpr double coarse = 0.1;      // of a target: a warning

// Arrivals of one service, client region and class.
struct Arrivals {
    Instant first{}, last{};
    std::uint64_t count = 0;

    [[nodiscard]] Duration spacing(const Interval<Instant>& active) const {
        if (count < 2) return active.width();
        return (last - first) / static_cast<std::int64_t>(count - 1);
    }
};
using Streams = std::map<std::tuple<std::uint16_t, RegionId, Verb>, Arrivals>;

Streams arrivals_of(const Evidence& evidence, const Goodness& goodness) {
    Streams streams;
    for (const auto& operation : evidence.operations) {
        if (operation.phase != Phase::active) continue;
        auto& arrivals =
            streams[{goodness.load(operation), goodness.region(operation), operation.verb}];
        if (arrivals.count++ == 0) arrivals.first = arrivals.last = operation.scheduled;
        arrivals.first = std::min(arrivals.first, operation.scheduled);
        arrivals.last = std::max(arrivals.last, operation.scheduled);
    }
    return streams;
}

bool is_time_target(const TargetSpec& target) {
    const std::string_view metric = target.metric;
    return metric.starts_with("rto") || metric.starts_with("outage_time") ||
           metric == "failback_rto";
}

bool covers(const TargetSpec& target, const Evidence& evidence, RegionId region, Verb verb) {
    const std::string_view metric = target.metric;
    if (metric.ends_with("_read") && verb != Verb::read) return false;
    if (metric.ends_with("_write") && verb != Verb::write) return false;
    return target.region.empty() || evidence.topology.region_name(region) == target.region;
}

// Sorts "subject is so much of the target" into the two lists.
void compare(Doubts& doubts, std::string_view subject, Duration error, const TargetSpec& target) {
    if (target.value <= 0) return;
    const double share = seconds(error) / target.value;
    if (share <= coarse) return;
    const bool fatal = share > too_coarse && target.severity == Severity::fail;
    auto& list = fatal ? doubts.inconclusive : doubts.warnings;
    list.push_back(fmt::format("{} ({}) is {:.0f} % of target {} ({})", subject,
                               format_duration(error), share * 100, target.metric,
                               format_value(target.value, Unit::seconds)));
}

void look_at_steady_state(Doubts& doubts, const Scenario& scenario, const Evidence& evidence,
                          const Goodness& goodness) {
    std::int64_t due = 0;
    std::int64_t good = 0;
    for (const auto& operation : evidence.operations) {
        if (operation.phase != Phase::steady) continue;
        ++due;
        if (goodness.served(operation)) ++good;
    }
    if (due < scenario.steady.operations_min || due == 0) {
        doubts.inconclusive.push_back(
            fmt::format("too little load: {} operations in the steady-state window, wanted {}", due,
                        scenario.steady.operations_min));
        return;
    }
    const double share = static_cast<double>(good) / static_cast<double>(due);
    if (share < scenario.steady.success) {
        doubts.inconclusive.push_back(fmt::format(
            "no steady state before the first fault: {} of operations good, wanted {}",
            format_value(share, Unit::share), format_value(scenario.steady.success, Unit::share)));
    }
}

void look_at_resolution(Doubts& doubts, const Scenario& scenario, const Evidence& evidence,
                        const Goodness& goodness) {
    const auto streams = arrivals_of(evidence, goodness);
    Duration sparsest{};
    for (const auto& [key, arrivals] : streams) {
        sparsest = std::max(sparsest, arrivals.spacing(evidence.active));
    }
    if (streams.empty()) {
        doubts.inconclusive.emplace_back("too little load: no operation in the active phase");
        return;
    }
    for (const auto& target : scenario.targets) {
        if (!is_time_target(target)) continue;
        Duration worst{};
        for (const auto& [key, arrivals] : streams) {
            if (covers(target, evidence, std::get<1>(key), std::get<2>(key))) {
                worst = std::max(worst, arrivals.spacing(evidence.active));
            }
        }
        compare(doubts, "resolution of the load", worst, target);
    }
    doubts.warnings.push_back(
        fmt::format("the load could not have seen an outage shorter than {} (distance of arrivals "
                    "in its sparsest region and class)",
                    format_duration(sparsest)));
}

void look_at_generator(Doubts& doubts, const Scenario& scenario, const Evidence& evidence,
                       const Goodness& goodness) {
    const TargetSpec* tightest = nullptr;
    for (const auto& target : scenario.targets) {
        const bool tighter = tightest == nullptr || target.value < tightest->value;
        if (is_time_target(target) && target.value > 0 && tighter) tightest = &target;
    }
    if (tightest != nullptr) {
        compare(doubts, "lateness of the generator", evidence.instrument.lateness_p99, *tightest);
    }
    std::uint64_t due = 0;
    std::uint64_t ours = 0;
    for (const auto& operation : evidence.operations) {
        if (!is_measured(operation)) continue;
        ++due;
        if (goodness.served(operation) && !goodness.good(operation)) ++ours;
    }
    if (ours == 0) return;
    const double share = static_cast<double>(ours) / static_cast<double>(due);
    auto words = fmt::format(
        "the generator was late: {} operations ({}) were answered in time but issued too late",
        ours, format_value(share, Unit::share));
    const bool forgiven = share <= 1 - scenario.minimum.success;
    (forgiven ? doubts.warnings : doubts.inconclusive).push_back(std::move(words));
}

}  // namespace

Doubts doubts_of(const Scenario& scenario, const Evidence& evidence) {
    const Goodness goodness(scenario, evidence);
    Doubts doubts;
    look_at_steady_state(doubts, scenario, evidence, goodness);
    look_at_resolution(doubts, scenario, evidence, goodness);
    look_at_generator(doubts, scenario, evidence, goodness);
    if (evidence.instrument.shed > 0) {
        doubts.warnings.push_back(
            fmt::format("{} operations were shed: the bound of operations in flight was reached",
                        evidence.instrument.shed));
    }
    return doubts;
}

}  // namespace gameday::judge
