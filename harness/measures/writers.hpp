// Writers: acknowledged writes of one ownership scope that had not seen one another.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/topology.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gameday::measures {

// An acknowledged write with the region that served it.
struct RegionWrite {
    const Operation* operation = nullptr;
    RegionId region;
};

// A write is *unaware* when it was acknowledged by one region although an earlier one (completed
// before it was invoked) had been acknowledged by another region with the same or a higher version:
// the later writer had not seen the earlier one, nor, as it was over before, the other way round.
struct Unaware {
    std::vector<std::uint64_t> writes;  // seq, in order of `invoked`
    std::uint64_t pairs = 0;            // (earlier, later) pairs that prove it
    // First and last unaware write: low counts between their certain moments, high around them and
    // from the first earlier write that they missed.
    std::optional<Interval<Instant>> first, last;
    std::vector<std::uint64_t> witnesses;  // earlier and later of the first pairs
};

// O(n log n). Writes without a version or a region are left out. Order of input does not matter.
Unaware unaware_writes(std::vector<RegionWrite> writes);

// Writes without a version that lie between two acknowledgements of another region which are less
// than `close` apart: as dual writers would, but without proof. seq, in order of `completed`.
std::vector<std::uint64_t> interleaved_writes(std::vector<RegionWrite> writes, Duration close);

// Writes that overlap in real time with one of another region: neither can have seen the other.
// seq, in order of `invoked`. O(n log n) in time and regions.
std::vector<std::uint64_t> concurrent_writes(std::vector<RegionWrite> writes);

}  // namespace gameday::measures
