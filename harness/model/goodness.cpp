#include "harness/model/goodness.hpp"

#include <algorithm>

namespace gameday {

Goodness::Goodness(const Scenario& scenario, const Evidence& evidence) : evidence_(evidence) {
    for (const auto& load : scenario.loads) {
        const bool declared = scenario.minimum.latency > Duration::zero();
        bounds_.push_back(declared ? scenario.minimum.latency : load.timeout);
    }
    if (bounds_.empty()) bounds_.push_back(scenario.minimum.latency);
    for (const auto& stretch : evidence.instrument.suspended) {
        suspended_.push_back({stretch.low, stretch.high + stretch.width()});
    }
}

std::uint16_t Goodness::load(const Operation& operation) const {
    if (operation.client.index() >= evidence_.clients.size()) return 0;
    return evidence_.clients[operation.client.index()].load;
}

std::uint16_t Goodness::cohort(const Operation& operation) const {
    if (operation.client.index() >= evidence_.clients.size()) return 0;
    return evidence_.clients[operation.client.index()].cohort;
}

RegionId Goodness::region(const Operation& operation) const {
    if (operation.client.index() >= evidence_.clients.size()) return {};
    return evidence_.clients[operation.client.index()].region;
}

Duration Goodness::bound(const Operation& operation) const {
    const std::size_t index = load(operation);
    return index < bounds_.size() ? bounds_[index] : bounds_.front();
}

bool Goodness::good(const Operation& operation) const {
    return operation.outcome == Outcome::ok && operation.latency() <= bound(operation);
}

bool Goodness::served(const Operation& operation) const {
    return operation.outcome == Outcome::ok &&
           operation.completed - operation.invoked <= bound(operation);
}

bool Goodness::spoiled(const Operation& operation) const {
    if (good(operation)) return false;
    return served(operation) ||
           std::any_of(suspended_.begin(), suspended_.end(), [&](const Interval<Instant>& stretch) {
               return operation.scheduled <= stretch.high && operation.completed >= stretch.low;
           });
}

}  // namespace gameday
