// Proves by packets of our own that a fault does what it should and is gone afterwards: counters
// tell only that packets met it, and nothing when there was no traffic.
#pragma once

#include "harness/base/id.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/prove/path_probe.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gameday::kernel {

// What a fault does to each new packet, at the least. Neither: nothing can be said of a few.
struct Effect {
    bool silence = false;  // no answer comes back
    Duration least{};      // none comes back sooner
    bool operator==(const Effect&) const = default;
};
// Pure. Of jitter only what is uniform has a bound; what is reordered may be sent at once.
Effect effect_of(const Impairment& impairment);

// One thread calls it; `enabled` false: it does nothing and knows nothing.
class PathProver {
 public:
    explicit PathProver(bool enabled) : enabled_(enabled) {}
    PathProver(const PathProver&) = delete;
    PathProver& operator=(const PathProver&) = delete;
    ~PathProver();

    // Before the fault is in force: one request on each path, and at most 150 ms for the answers;
    // once for each fault and host.
    void before(FaultId id, const Host& host, const std::vector<Flow>& flows);
    // It is in force: five requests, in the background. Fine without before().
    void begin(FaultId id, const Host& host, Effect effect);
    // It is about to be healed: what has not been answered by now is not waited for.
    void end(FaultId id, const Host& host);
    // When no fault is in force any more: five requests again, at most a second, and what all of
    // them say together. See Device::proof.
    Proof proof(FaultId id);
    // At most so many packets of ours may have met the fault by now.
    [[nodiscard]] std::int64_t packets(FaultId id) const;

 private:
    struct View {
        Path path;
        std::optional<Answers> before, during, after;
    };
    struct Ways {
        Host host;
        Effect effect;
        std::vector<View> views;
        std::mutex mutex;  // guards `views` while the thread runs
        std::jthread thread;
    };
    using Key = std::pair<FaultId, std::string>;

    static std::string contradiction(const View& view, const Effect& effect);

    const bool enabled_;
    std::map<Key, std::unique_ptr<Ways>> ways_;
};

}  // namespace gameday::kernel
