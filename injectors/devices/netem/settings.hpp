// What a netem is told, in the units of the kernel, so that what it says back can be compared bit
// for bit. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gameday::devices::netem {

enum class LossModel : std::uint8_t { random, four_state, gilbert_elliott };

// Chances and correlations are shares of 2^32-1.
struct Settings {
    std::uint32_t limit = 0;               // packets
    std::int64_t latency = 0, jitter = 0;  // ns
    std::uint32_t delay_correlation = 0;
    std::uint32_t loss = 0, loss_correlation = 0;
    LossModel model = LossModel::random;
    // p13, p31, p32, p14, p23 of the 4-state model; p, r, h, 1-k of Gilbert-Elliott.
    std::array<std::uint32_t, 5> chain{};
    std::uint32_t duplicate = 0, duplicate_correlation = 0;
    std::uint32_t corrupt = 0, corrupt_correlation = 0;
    std::uint32_t reorder = 0, reorder_correlation = 0, gap = 0;
    std::uint64_t rate = 0;  // bytes per second
    std::int32_t packet_overhead = 0;
    std::uint32_t cell_size = 0;
    std::int32_t cell_overhead = 0;
    std::int64_t slot_min = 0, slot_max = 0;  // ns
    std::int32_t slot_packets = 0, slot_bytes = 0;
    bool ecn = false;
    std::uint64_t seed = 0;  // 0: of the kernel's choosing; kernels before 6.6 know none
    bool operator==(const Settings&) const = default;
};

// Fails with `invalid` on what netem would cut short: jitter above 2147 ms (31 bits of ns).
Result<Settings> settings_of(const kernel::Impairment& impairment);

// The packets that may be on their way at once: the impairment's own limit or, twice over, what
// 200,000 packets a second come to within delay and four jitters; with a rate, what the rate lets
// through within that and half a second, in packets of 500 bytes. From 10,000 (with a rate: 1,000)
// to a million.
std::uint32_t limit_of(const kernel::Impairment& impairment);

// The quantiles of the delay's distribution, (x-mean)/sd times 8192; empty for uniform.
std::vector<std::int16_t> table_of(const kernel::Impairment& impairment);

// "loss: asked for 5, found 4", one for each that differs; "" when they are equal. A seed that was
// not asked for does not count.
std::string difference(const Settings& asked, const Settings& found);

}  // namespace gameday::devices::netem
