#include "harness/run/steadiness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gameday::run {

namespace {

// The behaviour of a stream's clients, where those of its load have several.
std::string cohort_text(const StreamCount& stream, const Scenario& scenario) {
    if (stream.load >= scenario.loads.size()) return {};
    const auto& cohorts = scenario.loads[stream.load].cohorts;
    if (cohorts.size() < 2 || stream.cohort >= cohorts.size()) return {};
    return fmt::format(" ({})", cohorts[stream.cohort].behaviour);
}

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool stream_is_steady(const StreamCount& stream, const SteadyState& wanted) {
    return stream.due == 0 || share_of(stream.good, stream.due) >= wanted.success;
}

std::uint64_t due_in(const std::vector<StreamCount>& streams) {
    std::uint64_t due = 0;
    for (const auto& stream : streams) due += stream.due;
    return due;
}

}  // namespace

bool SteadyWindow::is_decided(const SteadyState& wanted) const {
    return std::ranges::all_of(streams, [&](const StreamCount& stream) {
        if (stream.done >= stream.due) return true;
        StreamCount at_best = stream;
        at_best.good += stream.due - stream.done;
        return !stream_is_steady(at_best, wanted);
    });
}

bool SteadyWindow::is_steady(const SteadyState& wanted) const {
    const std::uint64_t due = due_in(streams);
    return due > 0 && due >= static_cast<std::uint64_t>(wanted.operations_min) &&
           std::ranges::all_of(streams, [&](const StreamCount& stream) {
               return stream_is_steady(stream, wanted);
           });
}

double SteadyWindow::good_per_s() const {
    std::uint64_t good = 0;
    for (const auto& stream : streams) good += stream.good;
    const double length_s = seconds(window.width());
    return length_s > 0 ? static_cast<double>(good) / length_s : 0;
}

std::string SteadyWindow::text(const Scenario& scenario) const {
    const SteadyState& wanted = scenario.steady;
    const std::string length = format_duration(window.width());
    const std::uint64_t due = due_in(streams);
    if (due == 0 || due < static_cast<std::uint64_t>(wanted.operations_min)) {
        return fmt::format("{} operations were due in {}, wanted {} or more", due, length,
                           std::max<std::int64_t>(wanted.operations_min, 1));
    }
    const auto worst =
        std::ranges::min_element(streams, [](const StreamCount& a, const StreamCount& b) {
            const auto share = [](const StreamCount& stream) {
                return stream.due == 0 ? 2 : share_of(stream.good, stream.due);
            };
            return share(a) < share(b);
        });
    const std::string load =
        worst->load < scenario.loads.size() ? scenario.loads[worst->load].name : "load";
    std::string text = fmt::format(
        "load {}, {}s of clients in {}{}: {:.4g} % of {} operations were good in {}, wanted {:.4g} "
        "%",
        load, name_of(worst->verb), scenario.topology.region_name(worst->region),
        cohort_text(*worst, scenario), 100 * share_of(worst->good, worst->due), worst->due, length,
        100 * wanted.success);
    if (worst->by_cause == 0) return text;
    text += fmt::format("; most of the others: {} ({})",
                        worst->cause == Cause::none ? "too slow" : name_of(worst->cause),
                        worst->by_cause);
    return text;
}

namespace {

class Gate {
 public:
    Gate(const Scenario& scenario, const Environment& environment, WaitLoop& wait_loop,
         Instant begin)
        : scenario_(scenario),
          wanted_(scenario.steady),
          environment_(environment),
          wait_loop_(wait_loop),
          begin_(begin),
          slice_(steady_slice(scenario.steady)),
          slices_(scenario.steady.window / slice_) {
        for (const auto& load : scenario.loads) longest_ = std::max(longest_, load.timeout);
    }

    Result<SteadyWindow> await() {
        const Instant give_up = begin_ + std::max(wanted_.patience, wanted_.window);
        for (Duration::rep end = slices_;; ++end) {
            auto waited = wait_loop_.wait_until(begin_ + end * slice_);
            if (!waited) return waited.error();
            const Readability readable = environment_.load.readable();
            if (readable.state == Readability::State::amiss) {
                return Error{ErrorCode::refused, readable.why};
            }
            const bool is_over = environment_.clock.now() >= give_up;
            auto steady = newest_steady(end);
            const bool told = readable.state == Readability::State::shown;
            if (steady && (told || (is_over && !expects_writes(*steady)))) return *steady;
            if (!is_over || steady) continue;
            return Error{ErrorCode::refused, "no steady state: " + at(end).text(scenario_)};
        }
    }

 private:
    SteadyWindow at(Duration::rep end) {
        const Interval<Instant> window{begin_ + (end - slices_) * slice_, begin_ + end * slice_};
        return {window, environment_.load.streams(window)};
    }

    // Operations take until their timeout to end, so windows are looked at again that long.
    std::optional<SteadyWindow> newest_steady(Duration::rep end) {
        const Duration::rep oldest = std::max(slices_, end - longest_ / slice_ - 1);
        for (Duration::rep each = end; each >= oldest; --each) {
            SteadyWindow steady = at(each);
            if (steady.is_decided(wanted_) && steady.is_steady(wanted_)) return steady;
        }
        return std::nullopt;
    }

    // Whether any write of a ledger could have told by now.
    [[nodiscard]] bool expects_writes(const SteadyWindow& steady) const {
        return std::ranges::any_of(steady.streams, [&](const StreamCount& stream) {
            return stream.verb == Verb::write && stream.good > 0 &&
                   stream.load < scenario_.loads.size() && scenario_.loads[stream.load].ledger;
        });
    }

    const Scenario& scenario_;
    const SteadyState& wanted_;
    const Environment& environment_;
    WaitLoop& wait_loop_;
    Instant begin_;
    Duration slice_, longest_{};
    Duration::rep slices_;
};

}  // namespace

Result<SteadyWindow> await_steady_state(const Scenario& scenario, const Environment& environment,
                                        WaitLoop& wait_loop, Instant begin) {
    return Gate(scenario, environment, wait_loop, begin).await();
}

}  // namespace gameday::run
