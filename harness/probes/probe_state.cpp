#include "harness/probes/probe_state.hpp"

namespace gameday::probes {

void ProbeState::note(const RoleSample& sample, std::optional<Duration> lag, bool by_role_probe) {
    {
        const std::scoped_lock lock(mutex_);
        Newest& newest = newest_[sample.node.index()];
        if (newest.by_role_probe && !by_role_probe) return;
        newest = Newest{sample, lag, by_role_probe};
    }
    role_samples.push_back(sample);
    if (sink_ != nullptr) sink_->append(sample);
}

void ProbeState::note(const LagSample& sample) {
    lag_samples.push_back(sample);
    if (sink_ != nullptr) sink_->append(sample);
}

std::vector<Role> ProbeState::roles() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Role> roles;
    for (const auto& each : newest_) roles.push_back(each.sample.role);
    return roles;
}

NodeId ProbeState::primary() const {
    const std::scoped_lock lock(mutex_);
    const RoleSample* best = nullptr;
    for (const auto& each : newest_) {
        if (each.sample.role != Role::primary) continue;
        if (best == nullptr || each.sample.term > best->term) best = &each.sample;
    }
    return best == nullptr ? NodeId() : best->node;
}

std::optional<Duration> ProbeState::reported(NodeId node) const {
    const std::scoped_lock lock(mutex_);
    return newest_[node.index()].lag;
}

}  // namespace gameday::probes
