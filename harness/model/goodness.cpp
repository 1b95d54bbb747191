#include "harness/model/goodness.hpp"

namespace gameday {

Goodness::Goodness(const Scenario& scenario, const Evidence& evidence) : evidence_(evidence) {
    for (const auto& load : scenario.loads) {
        const bool declared = scenario.minimum.latency > Duration::zero();
        bounds_.push_back(declared ? scenario.minimum.latency : load.timeout);
    }
    if (bounds_.empty()) bounds_.push_back(scenario.minimum.latency);
}

std::uint16_t Goodness::load(const Operation& operation) const {
    if (operation.client.index() >= evidence_.clients.size()) return 0;
    return evidence_.clients[operation.client.index()].load;
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

}  // namespace gameday
