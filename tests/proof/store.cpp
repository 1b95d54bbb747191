// The data of the simulated system: who sees which write when, and the reads that show it.
#include "tests/proof/world.hpp"

#include <algorithm>
#include <set>

namespace gameday::proof {

std::uint64_t World::version_of(std::size_t node, double committed) {
    const auto& split = plan_.split;
    if (!split.on) {
        switch (plan_.seed % 3) {
            case 0: return 0;
            case 1: return static_cast<std::uint64_t>(committed * 1e6);
            default: return ++revision_;
        }
    }
    if (split.version == SplitPlan::Version::none) return 0;
    if (split.version == SplitPlan::Version::clock) {
        return static_cast<std::uint64_t>(committed * 1e6);
    }
    // Term above, index below: the winner goes on from what it had when it was cut off.
    if (node == split.loser && committed < split.to) return ++revision_;
    if (revision_loser_ == 0) revision_loser_ = std::uint64_t{2} << 20U;
    return ++revision_loser_;
}

void World::take_write(Operation& operation, const StreamTruth& stream, double invoked,
                       double committed, double completed, bool effective) {
    Write write;
    const std::uint64_t space = plan_.loads[stream.load].space;
    write.load = stream.load;
    write.region = stream.region;
    write.node = server(stream.region, committed);
    // Each load has keys of its own.
    write.key = space > 0
                    ? 1 + static_cast<std::uint32_t>(stream.load * 10000U + random_.below(space))
                    : ++next_key_;
    write.value = numbered(run_id_, writes_.size() + 1);
    write.invoked = invoked;
    write.committed = committed;
    write.completed = completed;
    write.acknowledged = operation.outcome == Outcome::ok;
    write.refused = operation.outcome == Outcome::failed;
    write.effective = effective;
    if (write.acknowledged) write.version = version_of(write.node, committed);
    operation.key = write.key;
    operation.value = write.value;
    operation.version = write.version;
    auto& same = by_key_[write.key];
    same.push_back(writes_.size());
    for (std::size_t at = same.size() - 1; at > 0 && writes_[same[at - 1]].committed > committed;
         --at) {
        std::swap(same[at - 1], same[at]);
    }
    writes_.push_back(write);
    auto& recent = recent_[stream.load];
    recent.push_back(write.key);
    if (recent.size() > 40) recent.erase(recent.begin());
}

bool World::visible(const Write& write, std::size_t node, double at) const {
    if (!write.effective || write.committed > at) return false;
    const auto& data = plan_.data;
    if (data.loss != Loss::none && write.committed > data.from && write.committed < data.to &&
        at >= data.gone_from && at < data.gone_to) {
        return false;
    }
    const auto& split = plan_.split;
    if (split.on && write.committed > split.cut) {
        const bool mine = write.node == split.loser && write.committed < split.to;
        if (mine && node != split.loser && (at < split.to || !split.merged)) return false;
        if (mine && node == split.loser && at >= split.to && !split.merged) return false;
        if (!mine && node == split.loser && at < split.to) return false;
    }
    if (write.behind && node == data.odd_node && at >= plan_.active_high) return false;
    if (at < write.stale_until && at >= plan_.active_high &&
        (write.returned || node == data.odd_node)) {
        return false;
    }
    return true;
}

std::uint64_t World::read(std::uint32_t key, std::size_t node, double at) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return 0;
    for (auto index = found->second.rbegin(); index != found->second.rend(); ++index) {
        const auto& write = writes_[*index];
        if (at >= plan_.active_high) {
            if (write.unexpected && node == plan_.data.odd_node) return write.foreign;
            if (write.resurrected) return write.value;
        }
        if (visible(write, node, at)) return write.value;
    }
    return 0;
}

void World::answer_read(Operation& operation, const StreamTruth& stream, double at) {
    const auto& recent = recent_[stream.load];
    if (recent.empty()) return;
    operation.key = recent[random_.below(recent.size())];
    operation.value = read(operation.key, server(stream.region, at), at);
}

NodeId World::named(std::size_t node) const {
    if (plan_.served == Plan::Served::untold) return {};
    const bool odd = plan_.served == Plan::Served::unrecognised && node + 1 == plan_.nodes.size();
    return odd ? unrecognised_node : NodeId::of(node);
}

bool World::lost(const Write& write) const {
    if (!write.acknowledged) return false;
    const auto& data = plan_.data;
    if (data.loss != Loss::none && data.gone_to == infinite && write.committed > data.from &&
        write.committed < data.to) {
        return true;
    }
    const auto& split = plan_.split;
    return split.on && !split.merged && write.node == split.loser && write.committed > split.cut &&
           write.committed < split.to;
}

bool World::lost_at_failover(const Write& write) const {
    const auto& data = plan_.data;
    return write.acknowledged && (data.loss == Loss::suffix || data.loss == Loss::merged) &&
           write.committed > data.from && write.committed < data.to;
}

bool World::superseded(const Write& write) const {
    for (const auto index : by_key_.at(write.key)) {
        const auto& other = writes_[index];
        if (&other == &write || !other.effective || lost(other)) continue;
        if (other.completed > write.invoked) return true;
    }
    return false;
}

bool World::superseded_by_gone(const Write& write) const {
    for (const auto index : by_key_.at(write.key)) {
        const auto& other = writes_[index];
        const bool same_way = plan_.split.on ? lost(other) : other.committed < plan_.data.to;
        if (other.committed > write.committed && same_way && other.effective) return true;
    }
    return false;
}

// The oddities hit unique keys only, the newest first, and no write that is lost.
void World::mark_oddities() {
    const auto& data = plan_.data;
    std::uint64_t behind = data.behind, stale = data.stale, returned = data.returned,
                  resurrected = data.resurrected, unexpected = data.unexpected;
    std::uint64_t foreign = 0;
    for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
        if (plan_.loads[write->load].space > 0) continue;
        if (write->refused && resurrected > 0) {
            --resurrected;
            write->resurrected = true;
        }
        if (!write->acknowledged || lost(*write) || lost_at_failover(*write)) continue;
        if (behind > 0) {
            --behind;
            write->behind = true;
        } else if (stale > 0) {
            --stale;
            write->stale_until = plan_.active_high + 3.5;
        } else if (returned > 0) {
            --returned;
            write->returned = true;
            write->stale_until = plan_.active_high + 3.5;
        } else if (unexpected > 0) {
            --unexpected;
            write->unexpected = true;
            write->foreign =
                foreign++ % 2 == 0 ? foreign_value : numbered(run_id_, 100000000 + foreign);
        }
    }
}

void World::read_one(std::uint32_t key, std::size_t node, double at, Phase phase) {
    Operation operation;
    operation.verb = Verb::read;
    operation.phase = phase;
    operation.outcome = Outcome::ok;
    operation.node = NodeId::of(node);
    operation.served_by = named(node);
    const std::size_t load = writes_[by_key_.at(key).front()].load;
    operation.client = ClientId::of((load * plan_.regions + plan_.nodes[node]) * 2);
    operation.key = key;
    operation.value = read(key, node, at + 0.0005);
    emit(operation, at, at, at + 0.001);
}

void World::read_survivors(std::size_t index) {
    const auto& fault = plan_.faults[index];
    if (fault.survivors_at < 0) return;
    std::vector<std::uint32_t> keys;  // the newest first
    std::set<std::uint32_t> known;
    for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
        const bool wanted = write->acknowledged && write->completed < fault.survivors_at &&
                            plan_.loads[write->load].ledger;
        if (wanted && known.insert(write->key).second) keys.push_back(write->key);
    }
    std::vector<std::size_t> nodes;
    for (std::size_t node = 0; node < plan_.nodes.size(); ++node) {
        if (std::find(fault.taken.begin(), fault.taken.end(), node) == fault.taken.end()) {
            nodes.push_back(node);
        }
    }
    const double room = fault.healed() - 0.2 - fault.survivors_at;
    const double spacing = room / static_cast<double>(keys.size() * nodes.size() + 1);
    double at = fault.survivors_at;
    for (const auto key : keys) {
        for (const auto node : nodes) {
            read_one(key, node, at, Phase::survivor_read);
            at += spacing;
        }
    }
    survivors_read_[index] = !keys.empty();
}

// Each round reads all that one of the nodes did not show as acknowledged, until patience ends.
void World::read_at_the_end() {
    std::vector<std::uint32_t> keys;
    for (const auto& [key, same] : by_key_) {
        if (plan_.loads[writes_[same.front()].load].ledger) keys.push_back(key);
    }
    double at = plan_.active_high + 2;
    for (int round = 0; round < 6 && !keys.empty(); ++round) {
        double begin = at;
        std::vector<std::uint32_t> again;
        const double spacing =
            std::min(0.0001, 0.3 / static_cast<double>(keys.size() * plan_.nodes.size()));
        for (const auto key : keys) {
            std::uint64_t wanted = 0;
            for (const auto index : by_key_.at(key)) {
                if (writes_[index].acknowledged) wanted = writes_[index].value;
            }
            bool settled = true;
            for (std::size_t node = 0; node < plan_.nodes.size(); ++node) {
                if (read(key, node, at + 0.0005) != wanted && wanted != 0) settled = false;
                read_one(key, node, at, Phase::final_read);
                at += spacing;
            }
            if (!settled) again.push_back(key);
        }
        finished_ = at + 0.01;
        keys = std::move(again);
        at = std::max(at, begin + 1.0);
    }
}

}  // namespace gameday::proof
