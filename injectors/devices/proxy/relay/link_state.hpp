// What the connections of one link have in common: some of it on every shard, some on each.
#pragma once

#include "harness/base/id.hpp"
#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/stream_address.hpp"
#include "injectors/devices/proxy/relay/budget.hpp"
#include "injectors/devices/proxy/relay/packet_gate.hpp"
#include "injectors/devices/proxy/relay/unreachable.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::proxy {

// The rate of a link, which all its connections share, on whatever shard they are.
class Pace {
 public:
    // decide() with when the link is free; what it grants is the link's until then. `way`: 0 to, 1
    // from.
    Decision grant(const FlowRule& rule, const Chunk& chunk, Instant now, std::size_t way,
                   Instant own_free) {
        if (rule.rate == 0) return decide(rule, chunk, now, {{}, own_free});
        const std::lock_guard lock(mutex_);
        Decision decision = decide(rule, chunk, now, {free_at_.at(way), own_free});
        if (decision.wait || chunk.bytes == 0) return decision;
        if (budget_) {
            decision.at = std::max(
                decision.at, budget_->carry(way, decision.bytes, budget_rate_, chunk.due, now));
        }
        free_at_.at(way) = decision.at;
        return decision;
    }

    // What the link has a rate for is a budget's as well; none: nothing is. While every shard
    // stands still.
    void share(std::shared_ptr<Budget> budget, std::int64_t rate) {
        budget_ = std::move(budget);
        budget_rate_ = rate;
    }

 private:
    std::mutex mutex_;  // touched only where there is a rate
    std::array<Instant, 2> free_at_{};
    std::shared_ptr<Budget> budget_;
    std::int64_t budget_rate_ = 0;
};

// What all shards share of one link. Where nothing else is said it changes only while every shard
// stands still (Shards::run), so that they read it without a lock.
struct LinkCommon {
    std::string name;
    std::uint64_t seed = 1;
    bool filters = false;         // whether packets may be filtered here
    bool refusal_is_fin = false;  // what clients see of a target that refuses; else RST
    LinkRules rules;
    Endpoint target;
    std::optional<StreamAddress> target_address;  // none: to be looked up
    std::shared_ptr<const tls::Settings> tls;     // null: TLS is none of ours
    std::atomic<std::uint64_t> next_number{0};    // of a connection, whichever shard accepts it
    Pace pace;                                    // at any time
    Unreachable unreachable;                      // the target; at any time
};

// What all flows of one link share on one shard.
struct LinkState {
    LinkCommon& common;
    std::array<std::uint64_t, 2> received{}, sent{};  // bytes; index: 0 to, 1 from
    std::uint64_t not_http = 0;  // connections with HTTP faults that turned out not to be HTTP/1
    std::map<FaultId, std::int64_t> bites{};  // chunks and connections each fault has met

    void count(const std::vector<FaultId>& by, std::int64_t times = 1) {
        for (const FaultId id : by) bites[id] += times;
    }
    void count(const PacketBites& bitten) { count(bitten.by, bitten.packets); }
};

}  // namespace gameday::devices::proxy
