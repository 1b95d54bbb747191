// MultiWriter: the engine of last_write_wins. Every node takes writes and sends its own to all
// others every `interval`; of two writes to one key the one with the later version stays.
//
// A version is a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) in
// microseconds, times 256, plus the node: later than all that the node has seen, and unique.
#pragma once

#include "examples/regions/engine.hpp"
#include "examples/regions/store.hpp"

#include <map>
#include <vector>

namespace gameday::regions {

class MultiWriter final : public Engine {
 public:
    MultiWriter(const Settings& settings, Peer self, Recovered found, Disk& disk, Instant now);

    void tick(Instant now) override;
    void receive(Peer from, const Message& message, Instant now) override;
    void submit(const Request& request, Instant now) override;
    void undelivered(const Message&) override {}  // the next batch says it again
    Effects settle(Instant now) override;
    [[nodiscard]] View view(Instant now) const override;

 private:
    struct Other {
        Index held = 0;     // so many of ours it holds
        Instant heard_all;  // when it last had no more to tell than we held
    };

    void take(Peer from, const Batch& batch, Instant now);
    void remember(Entry entry);

    const Settings settings_;
    const Peer self_;
    Disk& disk_;
    std::vector<std::vector<Entry>> logs_;  // by origin
    std::map<Peer, Other> others_;
    Store store_;
    std::uint64_t clock_us_ = 0;  // the hybrid clock: the latest time seen or given
    Instant next_batch_;
    Effects effects_;
};

}  // namespace gameday::regions
