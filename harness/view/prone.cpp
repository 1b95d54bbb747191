#include "harness/view/prone.hpp"

#include <algorithm>

namespace gameday::view {

Duration lag_before(const Lag& lag, Instant when) {
    return std::max(lag_least, lag.most_until(when));
}

Prone::Prone(const Evidence& evidence, const std::vector<FaultPeriod>& faults,
             const std::vector<Interval<Instant>>& changes_of_office, const Lag& lag) {
    for (const auto& window : evidence.faults) {
        const Interval<Instant>& at = window.injected;
        events_.push_back({at, at.low - lag_before(lag, at.high)});
    }
    for (const auto& at : changes_of_office) {
        Instant from = at.low - lag_before(lag, at.high);
        for (const auto& fault : faults) {
            const bool in_force =
                fault.injected.low <= at.high && (!fault.healed || fault.healed->high >= at.low);
            if (in_force && !lag.sampled()) from = std::min(from, fault.injected.low - lag_least);
        }
        events_.push_back({at, from});
    }
    std::sort(events_.begin(), events_.end(),
              [](const Event& a, const Event& b) { return a.at.high < b.at.high; });
    for (std::size_t i = events_.size(); i-- > 1;) {
        events_[i - 1].from = std::min(events_[i - 1].from, events_[i].from);
    }
}

std::size_t Prone::next(Instant acknowledged) const {
    const auto found =
        std::lower_bound(events_.begin(), events_.end(), acknowledged,
                         [](const Event& event, Instant moment) { return event.at.high < moment; });
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
