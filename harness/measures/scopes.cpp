#include "harness/measures/scopes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace gameday::measures {

bool Scope::covers(const view::StreamKey& key) const {
    return (!verb || *verb == key.verb) && (!region || *region == key.region);
}

std::string Scope::metric(std::string_view measure) const {
    return verb ? fmt::format("{}_{}", measure, name_of(*verb)) : std::string(measure);
}

std::string Scope::region_name(const Topology& topology) const {
    return region ? topology.region_name(*region) : std::string();
}

std::vector<Scope> scopes_of(const std::vector<view::Stream>& streams) {
    constexpr std::array<std::optional<Verb>, 3> classes{std::nullopt, Verb::read, Verb::write};
    std::vector<Scope> scopes;
    for (const auto& verb : classes) scopes.push_back({verb, std::nullopt});
    std::set<RegionId> regions;
    for (const auto& stream : streams) regions.insert(stream.key.region);
    for (const RegionId region : regions) {
        for (const auto& verb : classes) {
            const Scope scope{verb, region};
            const bool any =
                std::any_of(streams.begin(), streams.end(),
                            [&](const view::Stream& stream) { return scope.covers(stream.key); });
            if (any && region.known()) scopes.push_back(scope);
        }
    }
    return scopes;
}

Interval<double> worse_of(const Interval<double>& a, const Interval<double>& b) {
    return {std::max(a.low, b.low), std::max(a.high, b.high)};
}

Measurement begin_measurement(std::string_view measure, const Scope& scope,
                              const Topology& topology) {
    Measurement measurement;
    measurement.measure = measure;
    measurement.metric = scope.metric(measure);
    measurement.client_region = scope.region_name(topology);
    measurement.why = scope.verb ? fmt::format("the load has no {}s", name_of(*scope.verb))
                                 : "the load has no operations";
    return measurement;
}

std::string level_words(const MinimumLevel& minimum) {
    const std::string bound = minimum.latency > Duration::zero() ? format_duration(minimum.latency)
                                                                 : "the client timeout";
    return fmt::format("{:g} % good within {}, held for {} and {} operations",
                       minimum.success * 100, bound, format_duration(minimum.hold),
                       level_rule(minimum).window_min());
}

void add_witnesses(Measurement& measurement, const std::vector<std::uint64_t>& seqs) {
    constexpr std::size_t most = 20;
    for (const auto seq : seqs) {
        if (measurement.witnesses.size() < most) measurement.witnesses.push_back(seq);
    }
}

void add_remark(std::string& remarks, std::string_view more) {
    if (more.empty()) return;
    if (!remarks.empty()) remarks += "; ";
    remarks += more;
}

Interval<double> both_readings(
    const view::Stream& stream,
    const std::function<Interval<double>(const std::vector<view::Span>&)>& figure) {
    Interval<double> value = figure(stream.spans);
    if (stream.spans_at_best) value = hull(value, figure(*stream.spans_at_best));
    if (!stream.thin.empty()) value.high = std::numeric_limits<double>::infinity();
    return value;
}

double largest_silence(const view::Stream& stream, Instant from, Instant until,
                       const std::vector<view::Span>& beside) {
    const auto is_of_span = [&](Instant since) {
        return std::ranges::any_of(beside, [&](const view::Span& span) {
            return since >= span.start.low && (!span.end || since < span.end->low);
        });
    };
    Duration largest{};
    Instant since = from;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (!stream.good[i]) continue;
        if (operation.completed >= from) {
            const Duration silence = operation.completed - std::max(since, from);
            if (silence > largest && !is_of_span(since)) largest = silence;
        }
        if (operation.scheduled >= until) return seconds(largest);
        since = operation.scheduled;
    }
    return is_of_span(since) ? seconds(largest) : std::numeric_limits<double>::infinity();
}

}  // namespace gameday::measures
