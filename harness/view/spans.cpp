#include "harness/view/spans.hpp"

#include <algorithm>
#include <limits>

namespace gameday::view {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

enum class Level : std::uint8_t { below, held, untold };  // untold: the window could not be filled

// The windows of all operations, each found by moving on from the one before.
class Windows {
 public:
    Windows(const Course& course, const LevelRule& rule)
        : operations_(course.operations), observed_(course.observed), rule_(rule) {
        const auto size = operations_.size();
        bad_before_.assign(size + 1, 0);
        for (std::size_t i = 0; i < size; ++i) {
            bad_before_[i + 1] = bad_before_[i] + (course.bad[i] ? 1U : 0U);
        }
        forward_.assign(size, Level::untold);
        backward_.assign(size, Level::untold);
        look_forward();
        look_backward();
    }

    [[nodiscard]] bool holds(std::size_t i) const {
        return forward_[i] == Level::held || backward_[i] == Level::held;
    }
    [[nodiscard]] bool is_below(std::size_t i) const {
        const Level own = forward_[i] != Level::untold ? forward_[i] : backward_[i];
        return own == Level::below;
    }
    // When the window that shows operation i fine was over, and all of it answered.
    [[nodiscard]] Instant over(std::size_t i) const {
        if (forward_[i] != Level::held) return operations_[i]->completed;
        const Instant until = due(i) + rule_.hold;
        Instant last = until;
        for (std::size_t at = i; at < operations_.size(); ++at) {
            if (due(at) >= until && at >= i + rule_.window_min()) break;
            last = std::max(last, operations_[at]->completed);
        }
        return last;
    }

 private:
    [[nodiscard]] Instant due(std::size_t i) const { return operations_[i]->scheduled; }
    [[nodiscard]] Level level(std::size_t begin, std::size_t end) const {
        const auto bad = bad_before_[end] - bad_before_[begin];
        return bad <= rule_.forgiven(end - begin) ? Level::held : Level::below;
    }
    void look_forward() {
        std::size_t after = 0;
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            const Instant until = due(i) + rule_.hold;
            while (after < operations_.size() && due(after) < until) ++after;
            const auto end = std::max(after, i + rule_.window_min());
            if (end > operations_.size() || until > observed_.high) continue;
            forward_[i] = level(i, end);
        }
    }
    void look_backward() {
        std::size_t from = 0;
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            const Instant since = due(i) - rule_.hold;
            while (due(from) <= since) ++from;
            if (i + 1 < rule_.window_min() || since < observed_.low) continue;
            backward_[i] = level(std::min(from, i + 1 - rule_.window_min()), i + 1);
        }
    }

    const std::vector<const Operation*>& operations_;
    Interval<Instant> observed_;
    const LevelRule& rule_;
    std::vector<std::uint32_t> bad_before_;
    std::vector<Level> forward_, backward_;
};

// Bad operations of which each is less than a window after the one before.
class Chain {
 public:
    Chain(const Course& course, const LevelRule& rule) : window_(rule.hold) {
        const auto& operations = course.operations;
        const auto gaps = static_cast<std::int64_t>(operations.size()) - 1;
        if (gaps < 1) return;
        const Duration spacing =
            (operations.back()->scheduled - operations.front()->scheduled) / gaps;
        window_ = std::max(window_, spacing * static_cast<std::int64_t>(rule.window_min()));
    }
    void add(Instant bad) {
        if (!last_ || bad - *last_ >= window_) begin_ = bad;
        last_ = bad;
    }
    [[nodiscard]] Instant begin() const { return begin_; }

 private:
    Duration window_;
    Instant begin_{};
    std::optional<Instant> last_;
};

Interval<Instant> start_of(const Course& course, std::size_t last_good, std::size_t first) {
    const Operation& bad = *course.operations[first];
    // Nothing is known of the time before the first operation.
    const Instant low =
        last_good == none ? course.observed.low : course.operations[last_good]->scheduled;
    const Instant high = std::min(bad.completed, bad.invoked + course.service);
    return {std::min(low, bad.scheduled), std::max(high, bad.scheduled)};
}

}  // namespace

std::vector<Span> spans_of(const Course& course, const LevelRule& rule) {
    std::vector<Span> spans;
    const auto& operations = course.operations;
    // Most streams have nothing bad at all.
    if (std::ranges::find(course.bad, true) == course.bad.end()) return spans;
    const Windows windows(course, rule);
    std::size_t last_good = none;
    Chain chain(course, rule);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (!course.bad[i]) last_good = i;
        if (course.bad[i]) chain.add(operations[i]->scheduled);
        if (!course.bad[i] || !windows.is_below(i)) continue;
        Span span;
        span.perhaps_since = chain.begin();
        span.start = start_of(course, last_good, i);
        span.first_failed = operations[i]->completed;
        span.shown = course.observed.high;
        if (last_good != none) span.witnesses.push_back(operations[last_good]->seq);
        span.witnesses.push_back(operations[i]->seq);
        std::size_t last = i;
        std::size_t at = i;
        for (; at < operations.size(); ++at) {
            if (course.bad[at]) {
                last = at;
                chain.add(operations[at]->scheduled);
            }
            if (!course.bad[at] && windows.holds(at)) break;
            if (!course.bad[at]) last_good = at;
        }
        span.last_bad = operations[last]->scheduled;
        if (last != i) span.witnesses.push_back(operations[last]->seq);
        if (at < operations.size()) {
            const Instant fine = operations[at]->completed;
            span.end = {std::min(span.last_bad, fine), fine};
            span.shown = windows.over(at);
            span.witnesses.push_back(operations[at]->seq);
            last_good = at;
        }
        spans.push_back(std::move(span));
        i = at;
    }
    return spans;
}

}  // namespace gameday::view
