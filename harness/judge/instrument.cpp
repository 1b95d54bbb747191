#include "harness/judge/instrument.hpp"

#include "harness/judge/findings.hpp"
#include "harness/model/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::judge {
namespace {

using view::Stream;
using view::Tally;
using view::View;

constexpr double too_coarse = 0.5;  // of a target: inconclusive
constexpr double coarse = 0.1;      // of a target: a warning

double share(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

// Says that a stream was not steady: for certain, or only if what the instrument spoiled counts as
// bad.
void weigh_steadiness(const Tally& tally, const Stream& stream, const View& view, const char* when,
                      std::vector<std::string>& certain, std::vector<std::string>& doubtful) {
    const double wanted = view.scenario.steady.success;
    if (tally.due == 0 || share(tally.good, tally.due) >= wanted) return;
    auto& list = share(tally.at_best, tally.due) < wanted ? certain : doubtful;
    list.push_back(fmt::format("no steady state {}: {} of {} operations good ({}), wanted {}", when,
                               tally.good, tally.due, stream.name(view.scenario),
                               format_value(wanted, Unit::share)));
}

void look_at_steady_state(Doubts& doubts, const View& view) {
    std::uint64_t due = 0;
    for (const auto& stream : view.streams) {
        due += stream.steady.due;
        weigh_steadiness(stream.steady, stream, view, "before the first fault", doubts.refused,
                         doubts.inconclusive);
        if (view.evidence.ending != Ending::completed) continue;
        if (!stream.after) {
            doubts.inconclusive.push_back(fmt::format(
                "the load ended too soon after the last heal to show a steady state ({})",
                stream.name(view.scenario)));
            continue;
        }
        weigh_steadiness(*stream.after, stream, view, "after the faults", doubts.failed,
                         doubts.inconclusive);
    }
    if (due < static_cast<std::uint64_t>(
                  std::max<std::int64_t>(1, view.scenario.steady.operations_min))) {
        doubts.inconclusive.push_back(
            fmt::format("too little load: {} operations in the steady-state window, wanted {}", due,
                        view.scenario.steady.operations_min));
    }
}

void look_at_resolution(Doubts& doubts, const View& view, const std::vector<TargetSpec>& targets,
                        const Catalog& catalog) {
    if (view.streams.empty()) {
        doubts.inconclusive.emplace_back("too little load: no operation in the active phase");
        return;
    }
    for (const auto& target : targets) {
        const double resolution = resolution_for(target, view, catalog);
        if (target.value <= 0 || resolution <= coarse * target.value) continue;
        doubts.warnings.push_back(
            fmt::format("arrivals are up to {} apart, {:.0f} % of target {} ({})",
                        format_value(resolution, Unit::seconds), 100 * resolution / target.value,
                        target.metric, format_value(target.value, Unit::seconds)));
    }
    const Stream* blindest = nullptr;
    for (const auto& stream : view.streams) {
        if (blindest == nullptr || stream.unseen > blindest->unseen) blindest = &stream;
        if (stream.thin.empty()) continue;
        doubts.warnings.push_back(
            fmt::format("too thin a load ({}): {}", stream.name(view.scenario), stream.thin));
    }
    doubts.warnings.push_back(fmt::format("an outage shorter than {} may have gone unseen ({})",
                                          format_duration(blindest->unseen),
                                          blindest->name(view.scenario)));
}

void look_at_generator(Doubts& doubts, const View& view, const std::vector<TargetSpec>& targets,
                       const Catalog& catalog) {
    const TargetSpec* tightest = nullptr;
    for (const auto& target : targets) {
        const bool by_arrivals = resolution_for(target, view, catalog) > 0 && target.value > 0;
        if (by_arrivals && (tightest == nullptr || target.value < tightest->value)) {
            tightest = &target;
        }
    }
    const Duration lateness = view.evidence.instrument.lateness_p99;
    if (tightest != nullptr && seconds(lateness) > coarse * tightest->value) {
        const bool fatal = seconds(lateness) > too_coarse * tightest->value &&
                           tightest->severity == Severity::fail;
        auto& list = fatal ? doubts.inconclusive : doubts.warnings;
        list.push_back(fmt::format("lateness of the generator ({}) is {:.0f} % of target {} ({})",
                                   format_duration(lateness),
                                   100 * seconds(lateness) / tightest->value, tightest->metric,
                                   format_value(tightest->value, Unit::seconds)));
    }
    std::uint64_t spoiled = 0;
    for (const auto& stream : view.streams) {
        spoiled += stream.steady.at_best - stream.steady.good;
        spoiled += stream.active.at_best - stream.active.good;
    }
    if (spoiled > 0) {
        doubts.warnings.push_back(fmt::format(
            "the instrument is to blame for {} bad operations, or may be: it was late or "
            "suspended; figures hold both readings",
            spoiled));
    }
    for (const auto& stretch : view.evidence.instrument.suspended) {
        doubts.warnings.push_back(fmt::format(
            "the instrument was suspended for {}, {} after the faults began",
            format_duration(stretch.width()),
            format_duration(std::max(Duration::zero(), stretch.low - view.evidence.active.low))));
    }
    if (view.evidence.instrument.shed > 0) {
        doubts.warnings.push_back(
            fmt::format("{} operations were shed: the bound of operations in flight was reached",
                        view.evidence.instrument.shed));
    }
}

}  // namespace

Doubts doubts_of(const View& view, const std::vector<TargetSpec>& targets, const Catalog& catalog) {
    Doubts doubts;
    look_at_steady_state(doubts, view);
    look_at_resolution(doubts, view, targets, catalog);
    look_at_generator(doubts, view, targets, catalog);
    return doubts;
}

}  // namespace gameday::judge
