#include "harness/run/surveyor.hpp"

#include <algorithm>

namespace gameday::run {

void Surveyor::in_force(FaultId id, const std::vector<NodeId>& taken, Instant since, Instant end) {
    if (taken.empty()) return;
    taking_.push_back({id, taken, since, end});
    changed();
}

void Surveyor::heal_begins(FaultId id) {
    if (std::erase_if(taking_, [id](const Taking& each) { return each.id == id; }) > 0) changed();
}

// Others survive now: what is read of the old ones ends, and the level has to hold anew.
void Surveyor::changed() {
    load_.end_survey();
    reading_ = false;
    good_since_.reset();
    if (taking_.empty()) return load_.keep_writes(std::nullopt);
    Instant first = taking_.front().since;
    for (const auto& each : taking_) first = std::min(first, each.since);
    load_.keep_writes(first);
}

std::vector<NodeId> Surveyor::survivors() const {
    std::vector<NodeId> left;
    for (const auto& node : scenario_.topology.nodes) {
        const bool is_taken = std::ranges::any_of(taking_, [&](const Taking& each) {
            return std::ranges::find(each.nodes, node.id) != each.nodes.end();
        });
        if (!is_taken) left.push_back(node.id);
    }
    return left;
}

void Surveyor::look(Instant now, const LoadStatus& load) {
    if (taking_.empty() || reading_) return;
    if (load.success < scenario_.minimum.success) {
        good_since_.reset();
    } else if (!good_since_) {
        good_since_ = now;
    }
    Instant since = taking_.front().since;
    Instant end = taking_.front().end;
    for (const auto& each : taking_) {
        since = std::max(since, each.since);
        end = std::min(end, each.end);
    }
    // The success that is looked at is that of the last second or so: where it fell and is back, it
    // has been good for long enough; where it never fell, it may yet.
    const bool is_back = good_since_ && *good_since_ > since;
    const bool holds =
        is_back || (good_since_ && now - std::max(*good_since_, since) >= scenario_.minimum.hold);
    if (!holds && now < since + (end - since) / 2) return;
    reading_ = true;
    Instant first = since;
    for (const auto& each : taking_) first = std::min(first, each.since);
    load_.begin_survey({survivors(), first});
}

}  // namespace gameday::run
