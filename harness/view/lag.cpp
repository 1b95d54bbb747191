#include "harness/view/lag.hpp"

#include "harness/model/goodness.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace gameday::view {
namespace {

constexpr int gaps_seen = 3;  // usual ones, that samples may be apart

Duration median_gap(const std::vector<LagSample>& samples) {
    std::vector<Duration> gaps;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        gaps.push_back(samples[i].at.low - samples[i - 1].at.low);
    }
    if (gaps.empty()) return {};
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle;
}

// The parts of a stretch without samples in which the node was no primary: until its first sample
// as one, and from its last.
void add_as_replica(std::vector<Unseen>& all, const Unseen& stretch, NodeId node,
                    const std::vector<RoleSample>& roles) {
    std::optional<Instant> first;
    std::optional<Instant> last;
    for (const auto& sample : roles) {
        if (sample.node != node || sample.role != Role::primary) continue;
        if (sample.at.high < stretch.from || sample.at.low > stretch.until) continue;
        if (!first) first = sample.at.low;
        last = sample.at.high;
    }
    if (!first) {
        all.push_back(stretch);
        return;
    }
    if (*first > stretch.from) all.push_back({stretch.from, *first, stretch.marker});
    // What it wrote itself it has: it falls behind from its last moment in office on.
    if (*last < stretch.until) all.push_back({*last, stretch.until, *last});
}

// `follows`: always, so that it could have been sampled from the first moment on.
std::vector<Unseen> gaps_of(const ReplicaLag& lag, const Evidence& evidence, bool follows) {
    const Duration longest = gaps_seen * lag.usual_gap;
    const Instant first = lag.samples.empty() ? evidence.active.high : lag.samples.front().at.low;
    std::vector<Unseen> all;
    if (follows && first - evidence.steady.low > longest) {
        all.push_back({evidence.steady.low, first, std::nullopt});
    }
    if (lag.samples.empty()) return all;
    const LagSample* before = nullptr;
    for (const auto& sample : lag.samples) {
        if (before != nullptr && sample.at.low - before->at.high > longest) {
            add_as_replica(all,
                           {before->at.high, sample.at.low, before->at.high - before->lag.high},
                           lag.replica, evidence.roles);
        }
        before = &sample;
    }
    if (evidence.active.high - before->at.high > longest) {
        add_as_replica(all,
                       {before->at.high, evidence.active.high, before->at.high - before->lag.high},
                       lag.replica, evidence.roles);
    }
    std::erase_if(all, [&](const Unseen& each) {
        return each.until - each.from <= longest || each.until <= evidence.steady.low;
    });
    return all;
}

// Nodes that follow another, by the topology or by what they say, and never led.
std::set<NodeId> followers_of(const Evidence& evidence) {
    std::set<NodeId> followers;
    for (const auto& node : evidence.topology.nodes) {
        if (node.role == "replica") followers.insert(node.id);
    }
    for (const auto& sample : evidence.roles) {
        if (sample.role == Role::replica) followers.insert(sample.node);
    }
    for (const auto& sample : evidence.roles) {
        if (sample.role == Role::primary) followers.erase(sample.node);
    }
    for (const auto& operation : evidence.operations) {
        if (is_acknowledged(operation)) followers.erase(operation.served_by);
    }
    return followers;
}

}  // namespace

Duration Lag::most_until(Instant when) const {
    Duration most{};
    for (const auto& replica : replicas) {
        for (const auto& sample : replica.samples) {
            if (sample.at.low > when) break;
            most = std::max(most, sample.lag.high + gaps_seen * replica.usual_gap);
        }
        for (const auto& stretch : replica.unseen) {
            if (stretch.from > when) break;
            most = std::max(most, stretch.most_at(std::min(stretch.until, when)));
        }
    }
    return most;
}

Lag lag_of(const Evidence& evidence) {
    std::map<NodeId, std::vector<LagSample>> by_replica;
    for (const auto& sample : evidence.lags) by_replica[sample.replica].push_back(sample);
    const auto followers = by_replica.empty() ? std::set<NodeId>() : followers_of(evidence);
    for (const NodeId node : followers) by_replica.try_emplace(node);
    Lag lag;
    for (auto& [node, samples] : by_replica) {
        std::ranges::stable_sort(samples, {}, [](const LagSample& each) { return each.at.low; });
        ReplicaLag replica{node, std::move(samples), {}, {}};
        replica.usual_gap = median_gap(replica.samples);
        replica.unseen = gaps_of(replica, evidence, followers.contains(node));
        // Samples of the warm-up say since when a stretch was not seen, and no more.
        std::erase_if(replica.samples,
                      [&](const LagSample& each) { return each.at.high < evidence.steady.low; });
        if (!replica.samples.empty() || !replica.unseen.empty()) {
            lag.replicas.push_back(std::move(replica));
        }
    }
    return lag;
}

}  // namespace gameday::view
