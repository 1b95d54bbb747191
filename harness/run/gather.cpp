#include "harness/run/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gameday::run {

namespace {

// The smallest value that at least `share` of them do not exceed. Reorders.
Duration nearest_rank(std::vector<Duration>& values, double share) {
    const auto rank = std::ceil(share * static_cast<double>(values.size()));
    const auto index = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(values.begin(), values.begin() + index, values.end());
    return values[static_cast<std::size_t>(index)];
}

bool is_reading_back(const Operation& operation) {
    return operation.phase == Phase::final_read || operation.phase == Phase::survivor_read;
}

}  // namespace

void mark_phases(std::vector<Operation>& operations, const Interval<Instant>* steady) {
    for (auto& operation : operations) {
        if (is_reading_back(operation)) continue;
        if (steady == nullptr || operation.scheduled < steady->low) {
            operation.phase = Phase::warmup;
        } else {
            operation.phase = operation.scheduled < steady->high ? Phase::steady : Phase::active;
        }
    }
}

InstrumentHealth instrument_health(const std::vector<Operation>& operations) {
    InstrumentHealth health;
    std::vector<Duration> lateness;
    for (const auto& operation : operations) {
        if (operation.cause == Cause::shed) ++health.shed;
        const bool was_sent = operation.cause != Cause::shed && operation.cause != Cause::no_route;
        if (was_sent && !is_reading_back(operation)) {
            lateness.push_back(operation.lateness());
        }
    }
    if (lateness.empty()) return health;
    health.lateness_p50 = nearest_rank(lateness, 0.5);
    health.lateness_p99 = nearest_rank(lateness, 0.99);
    health.lateness_max = *std::ranges::max_element(lateness);
    return health;
}

std::string top_causes(std::vector<CauseCount> causes) {
    constexpr std::size_t shown = 3;
    constexpr std::size_t sample_max = 80;
    std::ranges::stable_sort(
        causes, [](const CauseCount& a, const CauseCount& b) { return a.count > b.count; });
    std::string text;
    for (std::size_t i = 0; i < causes.size() && i < shown; ++i) {
        const CauseCount& each = causes[i];
        text += fmt::format("{} {} {}{}", text.empty() ? "; why not:" : ";", each.count,
                            name_of(each.verb), each.count == 1 ? "" : "s");
        if (each.cause == Cause::no_route) {
            text += " not sent, for no node passed its health check (load.route.check_path)";
        } else if (each.cause != Cause::none) {
            text += fmt::format(" {}", name_of(each.cause));
        }
        if (!each.detail.empty()) text += ", " + each.detail;
        if (!each.sample.empty()) {
            text += fmt::format(" (first answer \"{}\")", each.sample.substr(0, sample_max));
        }
    }
    return text;
}

}  // namespace gameday::run
