#include "harness/view/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>

namespace gameday::view {
namespace {

std::size_t rank_of(std::size_t count, double q) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(count)));
    return std::min(count - 1, rank == 0 ? 0 : rank - 1);
}

Baseline baseline_of(const Stream& stream, const Interval<Instant>& steady) {
    constexpr std::size_t enough = 20;
    constexpr Duration ample = std::chrono::milliseconds(10);
    Baseline baseline;
    std::vector<Duration> latencies;
    std::vector<Duration> services;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.phase != Phase::steady) continue;
        ++baseline.due;
        if (!stream.good[i]) continue;
        ++baseline.good;
        latencies.push_back(operation.latency());
        services.push_back(operation.completed - operation.invoked);
    }
    if (steady.width() > Duration::zero()) {
        baseline.rate_per_s = static_cast<double>(baseline.good) / seconds(steady.width());
    }
    baseline.p50 = select_quantile(latencies, 0.5);
    baseline.p99 = select_quantile(latencies, 0.99);
    baseline.service = stream.bound;
    if (services.size() >= enough) {
        const Duration usual = select_quantile(services, 0.99);
        baseline.service = std::min(select_quantile(services, 0.999), std::max(usual, ample));
    }
    return baseline;
}

// Largest time between arrivals of the active phase, its edges included.
Duration gap_of(const Stream& stream, const Interval<Instant>& active) {
    Duration gap{};
    Instant before = active.low;
    for (const auto* operation : stream.operations) {
        if (operation->scheduled < active.low) continue;
        gap = std::max(gap, operation->scheduled - before);
        before = operation->scheduled;
    }
    return std::max(gap, active.high - before);
}

// The longest stretch of the active phase between arrivals of which all inside are forgiven.
Duration unseen_by(const Stream& stream, const Interval<Instant>& active, const LevelRule& rule) {
    const double rate = stream.spacing > Duration::zero() ? 1 / seconds(stream.spacing) : 0;
    const auto due = static_cast<std::size_t>(rate * seconds(rule.hold));
    const std::size_t inside = rule.forgiven(std::max(rule.window_min(), due));
    std::vector<Instant> arrivals{active.low};
    for (const auto* operation : stream.operations) {
        if (operation->scheduled >= active.low) arrivals.push_back(operation->scheduled);
    }
    arrivals.push_back(active.high);
    if (arrivals.size() < inside + 2) return active.width();
    Duration longest{};
    for (std::size_t i = 0; i + inside + 1 < arrivals.size(); ++i) {
        longest = std::max(longest, arrivals[i + inside + 1] - arrivals[i]);
    }
    return longest;
}

Instant last_heal(const Evidence& evidence) {
    Instant last = evidence.active.low;
    for (const auto& window : evidence.faults) {
        last = std::max(last, window.healed ? window.healed->high : evidence.active.high);
    }
    return last;
}

void add(Tally& tally, bool good, bool spoiled) {
    ++tally.due;
    if (good) ++tally.good;
    if (good || spoiled) ++tally.at_best;
}

// Whether N operations were due where the level must be told.
std::string too_thin(const Stream& stream, std::size_t due_after, const Evidence& evidence) {
    const auto words = [&](std::size_t due, Duration length, const char* where) {
        return fmt::format(
            "{} operations were due {}, the level needs {} to be told: at least {:.3g} a second",
            due, where, stream.window,
            std::ceil(static_cast<double>(stream.window) / std::max(1e-3, seconds(length))));
    };
    if (stream.baseline.due < stream.window) {
        return words(stream.baseline.due, evidence.steady.width(), "in the steady window");
    }
    if (due_after < stream.window) {
        return words(due_after, evidence.active.high - last_heal(evidence), "after the last heal");
    }
    return {};
}

void look_at_levels(Stream& stream, const Scenario& scenario, const Evidence& evidence,
                    const Goodness& goodness) {
    const LevelRule rule = level_rule(scenario.minimum);
    stream.window = rule.window_min();
    stream.unseen = unseen_by(stream, evidence.active, rule);
    const Interval<Instant> observed{
        std::min(evidence.steady.low, stream.operations.front()->scheduled), evidence.active.high};
    Course course{stream.operations, stream.good, observed, stream.baseline.service};
    course.bad.flip();
    stream.spans = spans_of(course, rule);
    bool any = false;
    for (std::size_t i = 0; i < course.bad.size(); ++i) {
        if (!course.bad[i] || !goodness.spoiled(*stream.operations[i])) continue;
        course.bad[i] = false;
        any = true;
    }
    if (any) stream.spans_at_best = spans_of(course, rule);
}

void count(Stream& stream, const Scenario& scenario, const Evidence& evidence,
           const Goodness& goodness) {
    Duration patience{};
    for (const auto& load : scenario.loads) patience = std::max(patience, load.timeout);
    const Instant healed = last_heal(evidence);
    const Instant from = std::max(evidence.active.high - scenario.steady.window, healed + patience);
    std::size_t due_after = 0;
    Tally after;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        const bool spoiled = !stream.good[i] && goodness.spoiled(operation);
        add(operation.phase == Phase::active ? stream.active : stream.steady, stream.good[i],
            spoiled);
        if (operation.scheduled >= healed) ++due_after;
        if (operation.scheduled >= from) add(after, stream.good[i], spoiled);
    }
    if (after.due > 0) stream.after = after;
    stream.thin = too_thin(stream, due_after, evidence);
}

// The behaviour of the stream's clients; "" where the load has no other cohort.
std::string behaviour_of(const StreamKey& key, const std::vector<ClientInfo>& clients) {
    std::string behaviour;
    bool differs = false;
    for (const auto& client : clients) {
        if (client.load != key.load) continue;
        if (client.cohort == key.cohort) behaviour = client.behaviour;
        differs = differs || client.cohort != key.cohort;
    }
    return differs ? behaviour : std::string();
}

std::map<StreamKey, Stream> sorted_into_streams(const Evidence& evidence,
                                                const Goodness& goodness) {
    std::map<StreamKey, Stream> streams;
    // Those of a client are of two streams; what no client of the evidence did is looked up.
    std::vector<std::array<Stream*, 2>> of_client(evidence.clients.size());
    for (const auto& operation : evidence.operations) {
        if (!is_measured(operation)) continue;
        Stream* unknown = nullptr;
        const bool known = operation.client.index() < of_client.size();
        const std::size_t verb = operation.verb == Verb::read ? 0 : 1;
        Stream*& stream = known ? of_client[operation.client.index()].at(verb) : unknown;
        if (stream == nullptr) {
            stream = &streams[{goodness.load(operation), goodness.region(operation),
                               goodness.cohort(operation), operation.verb}];
        }
        stream->operations.push_back(&operation);
    }
    return streams;
}

}  // namespace

std::string Stream::name(const Scenario& scenario) const {
    std::string text = fmt::format("{}s", name_of(key.verb));
    if (key.region.known()) text += " of " + scenario.topology.region_name(key.region);
    if (scenario.loads.size() > 1 && key.load < scenario.loads.size()) {
        text += ", load " + scenario.loads[key.load].name;
    }
    if (!behaviour.empty()) text += ", " + behaviour;
    return text;
}

std::vector<Stream> streams_of(const Scenario& scenario, const Evidence& evidence,
                               const Goodness& goodness) {
    std::map<StreamKey, Stream> streams = sorted_into_streams(evidence, goodness);
    const auto earlier = [](const Operation* a, const Operation* b) {
        return a->scheduled < b->scheduled;
    };
    std::vector<Stream> all;
    for (auto& [key, stream] : streams) {
        stream.key = key;
        stream.behaviour = behaviour_of(key, evidence.clients);
        auto& operations = stream.operations;
        if (!std::ranges::is_sorted(operations, earlier)) {
            std::ranges::stable_sort(operations, earlier);
        }
        stream.bound = goodness.bound(*operations.front());
        stream.good.reserve(operations.size());
        for (const auto* operation : operations) stream.good.push_back(goodness.good(*operation));
        if (operations.size() > 1) {
            stream.spacing = (operations.back()->scheduled - operations.front()->scheduled) /
                             static_cast<std::int64_t>(operations.size() - 1);
        }
        stream.gap = gap_of(stream, evidence.active);
        stream.baseline = baseline_of(stream, evidence.steady);
        look_at_levels(stream, scenario, evidence, goodness);
        count(stream, scenario, evidence, goodness);
        all.push_back(std::move(stream));
    }
    return all;
}

Duration quantile(const std::vector<Duration>& sorted, double q) {
    return sorted.empty() ? Duration::zero() : sorted[rank_of(sorted.size(), q)];
}

Duration select_quantile(std::vector<Duration>& values, double q) {
    if (values.empty()) return {};
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank_of(values.size(), q));
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

}  // namespace gameday::view
