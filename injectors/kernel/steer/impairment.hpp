// Impairment: what a network does to the packets of a flow. Pure; netem and nfqueue both do it.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::kernel {

enum class Distribution : std::uint8_t { uniform, normal, pareto, paretonormal, custom };

// Loss by chance: a share of packets, with a correlation to the one before.
struct RandomLoss {
    double share = 0, correlation = 0;
    bool operator==(const RandomLoss&) const = default;
};

// Gilbert-Elliott: good to bad with p, back with r, lost with 1-h in bad and 1-k in good.
struct GilbertElliott {
    double p = 0, r = 1, one_minus_h = 1, one_minus_k = 0;
    bool operator==(const GilbertElliott&) const = default;
};

// The 4-state Markov chain of netem(8): good reception, lost in bursts, good within bursts, lost
// alone; pXY is the chance to go from X to Y.
struct FourState {
    double p13 = 0, p31 = 1, p32 = 0, p23 = 1, p14 = 0;
    bool operator==(const FourState&) const = default;
};

// Packets leave in groups: `packets` or `bytes` at most, then a pause between the two delays.
struct Slot {
    Duration min_delay{}, max_delay{};
    std::int32_t packets = 0, bytes = 0;  // 0: no limit
    bool operator==(const Slot&) const = default;
};

// Shares are 0 to 1. Everything that is zero does nothing.
struct Impairment {
    Duration delay{}, jitter{};
    double delay_correlation = 0;
    Distribution distribution = Distribution::uniform;
    std::vector<std::int16_t> table;  // for custom: quantiles of (x-mean)/sd times 8192
    RandomLoss loss;
    std::optional<GilbertElliott> gilbert_elliott;  // instead of loss
    std::optional<FourState> four_state;            // instead of loss
    double duplicate = 0, duplicate_correlation = 0;
    double corrupt = 0, corrupt_correlation = 0;
    double reorder = 0, reorder_correlation = 0;  // share that is sent at once; needs a delay
    std::uint32_t gap = 0;                        // of reorder: only every gap-th; 0: 1
    std::int64_t rate = 0;                        // bytes per second; 0: no limit
    std::int32_t packet_overhead = 0;             // bytes that each packet counts more for rate
    std::uint32_t cell_size = 0;
    std::int32_t cell_overhead = 0;
    std::optional<Slot> slot;
    bool ecn = false;         // mark instead of dropping, where the packet allows
    std::uint64_t seed = 0;   // 0: of the kernel's choosing
    std::uint32_t limit = 0;  // packets held at most; 0: computed
    bool wire_accurate =
        false;  // count packets as on the wire (no super-packets); costs throughput
    bool operator==(const Impairment&) const = default;
};

// As args of an action, and back. Members with their default value are left out.
Value value_of(const Impairment& impairment);
// Fails with `invalid`, naming the field, on what value_of() does not make: unknown fields, shares
// outside 0 to 1, negative times, jitter without delay, reorder without delay, two loss models, a
// custom distribution without table.
Result<Impairment> impairment_of(const Value& value);

// What two faults on the same packets do together: delays and jitters add (with the wider of the
// two distributions), shares combine as chances of which either is enough, correlations keep the
// larger, the smaller rate (with its overheads) and the smaller limit count. Fails with `invalid`
// where no one netem can do both: two Markov loss models or slots or tables that differ, a 4-state
// model next to another loss.
Result<Impairment> compose(const Impairment& one, const Impairment& other);

// "delay 100 ms ± 10 ms, loss 5 %": for people.
std::string impairment_text(const Impairment& impairment);

}  // namespace gameday::kernel
