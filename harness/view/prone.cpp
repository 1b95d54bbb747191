#include "harness/view/prone.hpp"

#include <algorithm>

namespace gameday::view {

Duration lag_before(const Lag& lag, Instant when) {
    return std::max(lag_least, lag.most_until(when));
}

Instant prone_since(Instant event, Duration lag) {
    return lag == Unseen::any ? Instant::min() : event - lag;
}

Prone::Prone(const Evidence& evidence, const std::vector<Interval<Instant>>& changes_of_office,
             const Lag& lag) {
    const auto add = [&](const Interval<Instant>& at) {
        const Duration most = lag.sampled() ? lag_before(lag, at.high) : Unseen::any;
        events_.push_back({at, prone_since(at.low, most)});
    };
    for (const auto& window : evidence.faults) add(window.injected);
    for (const auto& at : changes_of_office) add(at);
    std::ranges::sort(events_,
                      [](const Event& a, const Event& b) { return a.at.high < b.at.high; });
    for (std::size_t i = events_.size(); i-- > 1;) {
        events_[i - 1].from = std::min(events_[i - 1].from, events_[i].from);
    }
}

std::size_t Prone::next(Instant acknowledged) const {
    const auto found = std::ranges::lower_bound(events_, acknowledged, {},
                                                [](const Event& event) { return event.at.high; });
    return static_cast<std::size_t>(found - events_.begin());
}

Instant Prone::start(std::size_t event) const {
    return event < events_.size() ? events_[event].at.low : Instant::max();
}

bool Prone::covers(Instant acknowledged) const {
    const std::size_t event = next(acknowledged);
    return event < events_.size() && events_[event].from <= acknowledged;
}

}  // namespace gameday::view
