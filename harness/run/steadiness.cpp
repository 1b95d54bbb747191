#include "harness/run/steadiness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace gameday::run {

namespace {

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

bool Spell::is_steady(const SteadyState& wanted) const {
    return done > 0 && done >= static_cast<std::uint64_t>(wanted.operations_min) &&
           share_of(good, done) >= wanted.success;
}

double Spell::good_per_s() const {
    const double length_s = seconds(window.width());
    return length_s > 0 ? static_cast<double>(good) / length_s : 0;
}

std::string Spell::text(const SteadyState& wanted) const {
    const std::string length = format_duration(window.width());
    if (done == 0 || done < static_cast<std::uint64_t>(wanted.operations_min)) {
        return fmt::format("{} operations ended in {}, wanted {} or more", done, length,
                           std::max<std::int64_t>(wanted.operations_min, 1));
    }
    return fmt::format("{:.4g} % of {} operations were good in {}, wanted {:.4g} %",
                       100 * share_of(good, done), done, length, 100 * wanted.success);
}

Look look_at(const Environment& environment) {
    return {environment.clock.now(), environment.load.status().total};
}

Spell between(const Look& from, const Look& to) {
    return {{from.at, to.at},
            to.counters.done - from.counters.done,
            to.counters.good - from.counters.good};
}

Result<Spell> await_steady_state(const Scenario& scenario, const Environment& environment,
                                 Vigil& vigil) {
    const SteadyState& wanted = scenario.steady;
    const Duration step = std::clamp<Duration>(wanted.window / 10, std::chrono::milliseconds(1),
                                               std::chrono::milliseconds(200));
    std::deque<Look> looks{look_at(environment)};
    const Instant give_up = looks.front().at + std::max(wanted.patience, wanted.window);
    while (true) {
        // The oldest window ends next; looking there exactly keeps windows at their length.
        const Instant whole = looks.front().at + wanted.window;
        const Instant next = looks.back().at + step;
        const Instant then = looks.back().at < whole ? std::min(next, whole) : next;
        if (auto waited = vigil.wait_until(then); !waited) return waited.error();
        looks.push_back(look_at(environment));
        const Look& last = looks.back();
        while (looks.size() > 2 && last.at - looks[1].at >= wanted.window) looks.pop_front();
        const Spell spell = between(looks.front(), last);
        const bool is_whole = spell.window.width() >= wanted.window;
        if (is_whole && spell.is_steady(wanted)) return spell;
        if (last.at >= give_up) {
            return Error{ErrorCode::refused, "no steady state: " + spell.text(wanted)};
        }
    }
}

}  // namespace gameday::run
