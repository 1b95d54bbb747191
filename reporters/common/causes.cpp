#include "reporters/common/causes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::reporters {

std::string_view cause_words(Cause cause) {
    switch (cause) {
        case Cause::none: return "answered late";
        case Cause::refused: return "connection refused";
        case Cause::unreachable: return "no way there";
        case Cause::timed_out: return "no answer in time";
        case Cause::reset: return "connection ended too early";
        case Cause::rejected: return "rejected";
        case Cause::server_error: return "server error";
        case Cause::malformed: return "answer not understood";
        case Cause::shed: return "not sent: too many under way";
        case Cause::no_route: return "not sent: no healthy node";
        case Cause::unexpected: return "unexpected answer";
    }
    return "?";
}

std::vector<CauseRow> cause_rows(const Report& report) {
    std::vector<const CauseCount*> all;
    for (const auto& each : report.causes) all.push_back(&each);
    std::ranges::stable_sort(
        all, [](const CauseCount* a, const CauseCount* b) { return a->count > b->count; });
    std::vector<CauseRow> rows;
    for (const CauseCount* each : all) {
        const auto& loads = report.scenario.loads;
        CauseRow row;
        row.load = each->load < loads.size() ? loads[each->load].name
                                             : fmt::format("load {}", each->load + 1);
        row.verb = std::string(name_of(each->verb)) + "s";
        row.why = cause_words(each->cause);
        if (!each->detail.empty()) row.why += ": " + each->detail;
        row.count = std::to_string(each->count);
        row.first = fmt::format("{:+.2f} s", seconds(each->first - report.active.low));
        row.sample = each->sample;
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace gameday::reporters
