#include "harness/measures/outages.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace gameday::measures {
namespace {

bool served(const Operation& operation, Duration bound) {
    return operation.outcome == Outcome::ok && operation.completed - operation.invoked <= bound;
}

// Marks the operations that some holding window covers.
class Cover {
 public:
    Cover(const Stream& stream, const MinimumLevel& minimum)
        : stream_(stream), minimum_(minimum), change_(stream.operations.size() + 1, 0) {
        const auto size = stream.operations.size();
        bad_before_.assign(size + 1, 0);
        next_served_.assign(size + 1, size);
        last_served_.assign(size + 1, 0);
        for (std::size_t i = 0; i < size; ++i) {
            const bool good = served(*stream.operations[i], stream.bound);
            bad_before_[i + 1] = bad_before_[i] + (good ? 0U : 1U);
            last_served_[i + 1] = good ? i + 1 : last_served_[i];
        }
        for (std::size_t i = size; i-- > 0;) {
            next_served_[i] = bad_before_[i + 1] == bad_before_[i] ? i : next_served_[i + 1];
        }
    }

    // Looks at the window that holds operations [begin, end).
    void window(std::size_t begin, std::size_t end) {
        if (begin >= end) return;
        const auto allowed = bad_allowed(end - begin, minimum_, stream_.baseline.rate_per_s);
        if (bad_before_[end] - bad_before_[begin] > allowed) return;
        // Nothing is known beyond the ends of the stream: there a rim is no edge of an outage.
        const auto first = begin == 0 ? begin : next_served_[begin];
        const auto last = end == stream_.operations.size() ? end : last_served_[end];
        if (first >= last) return;
        ++change_[first];
        --change_[last];
    }

    [[nodiscard]] std::vector<bool> holds() const {
        std::vector<bool> result(stream_.operations.size());
        int depth = 0;
        for (std::size_t i = 0; i < result.size(); ++i) {
            depth += change_[i];
            result[i] = depth > 0;
        }
        return result;
    }

 private:
    const Stream& stream_;
    const MinimumLevel& minimum_;
    std::vector<int> change_;
    std::vector<std::size_t> bad_before_, next_served_, last_served_;
};

// The largest lateness of the generator near `edge`: there it is the error of our instants.
Duration lateness_near(const Stream& stream, Instant edge) {
    const Duration reach = std::max<Duration>(5 * stream.spacing, std::chrono::milliseconds(10));
    const auto& operations = stream.operations;
    auto it = std::lower_bound(
        operations.begin(), operations.end(), edge - reach,
        [](const Operation* operation, Instant when) { return operation->scheduled < when; });
    Duration worst{};
    for (; it != operations.end() && (*it)->scheduled <= edge + reach; ++it) {
        worst = std::max(worst, (*it)->lateness());
    }
    return worst;
}

Interval<Instant> start_of(const Stream& stream, std::size_t first) {
    const Operation& affected = *stream.operations[first];
    Instant low = affected.invoked;
    if (first > 0) {
        low = std::min(low, stream.operations[first - 1]->completed);
    } else {
        low = std::min(low, affected.scheduled);
    }
    const Instant high = affected.invoked + stream.baseline.service;
    const Duration error = lateness_near(stream, affected.scheduled);
    return {low - error, high + error};
}

// Completion of the first served operation of the run that begins at `first`; a later one may
// overtake it.
const Operation& first_good(const Stream& stream, std::size_t first) {
    const Operation* best = nullptr;
    for (std::size_t i = first; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (best != nullptr && operation.scheduled >= best->completed) break;
        if (!served(operation, stream.bound)) continue;
        if (best == nullptr || operation.completed < best->completed) best = &operation;
    }
    return *best;
}

// When a stalled server comes back it works through what had queued up, and operations that arrive
// meanwhile are slow too. The moment it resumed is then the end of the longest silence, if the
// backlog took no longer than the silence; else it is the first good completion itself.
Interval<Instant> last_silence(const std::vector<Instant>& ok_completions) {
    Interval<Instant> longest = Interval<Instant>::point(ok_completions.back());
    for (std::size_t i = 1; i < ok_completions.size(); ++i) {
        const Interval<Instant> silence{ok_completions[i - 1], ok_completions[i]};
        if (silence.width() >= longest.width()) longest = silence;
    }
    if (ok_completions.back() - longest.high <= longest.width()) return longest;
    return {ok_completions.at(ok_completions.size() - 2), ok_completions.back()};
}

// How long a server that resumed was busy with requests whose clients had given up: their number
// times the distance of answers while it worked through the backlog.
Duration spent_on_dead(const Stream& stream, std::size_t first, std::size_t after,
                       Instant resumed) {
    std::int64_t dead = 0;
    std::int64_t waiting = 0;
    Instant cleared = resumed;
    for (std::size_t i = first; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.invoked > resumed) break;
        if (operation.outcome == Outcome::ok && operation.completed >= resumed) {
            ++waiting;
            cleared = std::max(cleared, operation.completed);
        }
        if (i < after && operation.cause == Cause::timed_out) ++dead;
    }
    return waiting > 1 ? (cleared - resumed) / (waiting - 1) * dead : Duration::zero();
}

// Completions of ok operations from the first affected one's invocation (which leads) to `until`.
std::vector<Instant> answers_until(const Stream& stream, std::size_t first, std::size_t after,
                                   Instant until) {
    std::vector<Instant> answers{stream.operations[first]->invoked};
    for (std::size_t i = first == 0 ? 0 : first - 1; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (i >= after && operation.scheduled > until) break;
        const bool inside = operation.completed >= answers.front() && operation.completed <= until;
        if (operation.outcome == Outcome::ok && inside) answers.push_back(operation.completed);
    }
    std::sort(answers.begin(), answers.end());
    return answers;
}

Interval<Instant> end_of(const Stream& stream, std::size_t first, std::size_t after) {
    Instant high = first_good(stream, after).completed;
    const auto [silent_since, resumed] = last_silence(answers_until(stream, first, after, high));
    const Instant waiting =
        resumed - stream.baseline.service - spent_on_dead(stream, first, after, resumed);
    Instant low = stream.operations[first]->invoked;
    for (std::size_t i = first; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.invoked > resumed) break;
        const bool bad = i < after && !served(operation, stream.bound);
        // Late answers of the backlog: what came in while it was worked through proves nothing.
        const bool backlog = operation.outcome == Outcome::ok && operation.invoked > waiting;
        if (bad && !backlog && operation.cause != Cause::shed) {
            low = std::max(low, operation.invoked);
        }
        // It waited through the silence, longer than normal: nobody served at `waiting`.
        const bool pending = operation.outcome == Outcome::ok && operation.invoked < waiting &&
                             operation.completed >= resumed;
        if (pending && silent_since <= waiting) low = std::max(low, waiting);
    }
    // Whoever came after it resumed was served well: the late answers were late by the outage.
    const bool well_served =
        std::none_of(stream.operations.begin() + static_cast<std::ptrdiff_t>(first),
                     stream.operations.begin() + static_cast<std::ptrdiff_t>(after),
                     [&, when = resumed](const Operation* operation) {
                         return operation->invoked > when && !served(*operation, stream.bound);
                     });
    if (well_served) high = resumed;
    return {std::min(low, resumed) - lateness_near(stream, resumed), high};
}

Outage outage_of(const Stream& stream, std::size_t first, std::size_t after) {
    Outage outage;
    outage.start = start_of(stream, first);
    outage.last_bad = stream.operations[first]->invoked;
    std::size_t last = first;
    for (std::size_t i = first; i < after; ++i) {
        if (served(*stream.operations[i], stream.bound)) continue;
        outage.last_bad = std::max(outage.last_bad, stream.operations[i]->invoked);
        last = i;
    }
    if (first > 0) outage.witnesses.push_back(stream.operations[first - 1]->seq);
    outage.witnesses.push_back(stream.operations[first]->seq);
    if (last != first) outage.witnesses.push_back(stream.operations[last]->seq);
    if (after < stream.operations.size()) {
        outage.end = end_of(stream, first, after);
        outage.witnesses.push_back(first_good(stream, after).seq);
    }
    return outage;
}

}  // namespace

std::size_t bad_allowed(std::size_t due, const MinimumLevel& minimum, double baseline_per_s) {
    const auto count = static_cast<double>(due);
    const double offered = std::min(count, baseline_per_s * seconds(minimum.hold));
    const double needed = std::max(minimum.success * count, minimum.throughput * offered);
    // Shares such as 0.99 are not exact in binary: forgive a millionth of an operation.
    const double spare = std::max(0.0, std::floor(count - needed + 1e-6));
    const std::size_t hiccups = std::min<std::size_t>(2, due / 10);
    return std::max(static_cast<std::size_t>(spare), hiccups);
}

std::vector<bool> level_holds(const Stream& stream, const MinimumLevel& minimum, Instant load_end) {
    const auto& operations = stream.operations;
    if (operations.empty()) return {};
    Cover cover(stream, minimum);
    const Instant begin = operations.front()->scheduled;
    const Instant end = std::max(load_end, operations.back()->scheduled);
    if (end - begin <= minimum.hold) cover.window(0, operations.size());
    std::size_t after = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {  // windows that begin with an operation
        const Instant until = operations[i]->scheduled + minimum.hold;
        while (after < operations.size() && operations[after]->scheduled < until) ++after;
        if (until <= end) cover.window(i, after);
    }
    std::size_t from = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {  // windows that end with an operation
        const Instant since = operations[i]->scheduled - minimum.hold;
        while (operations[from]->scheduled <= since) ++from;
        if (since >= begin) cover.window(from, i + 1);
    }
    return cover.holds();
}

std::vector<Outage> outages_of(const Stream& stream, const MinimumLevel& minimum,
                               Instant load_end) {
    const auto holds = level_holds(stream, minimum, load_end);
    std::vector<Outage> outages;
    for (std::size_t i = 0; i < holds.size();) {
        if (holds[i]) {
            ++i;
            continue;
        }
        std::size_t after = i;
        while (after < holds.size() && !holds[after]) ++after;
        outages.push_back(outage_of(stream, i, after));
        i = after;
    }
    return outages;
}

Interval<double> length_of(const Outage& outage) {
    if (!outage.end) {
        return {std::max(0.0, seconds(outage.last_bad - outage.start.high)),
                std::numeric_limits<double>::infinity()};
    }
    const auto length = difference(*outage.end, outage.start);
    return {std::max(0.0, seconds(length.low)), seconds(length.high)};
}

}  // namespace gameday::measures
