// Writers: acknowledged writes of one ownership scope that had not seen one another.
#pragma once

#include "harness/model/evidence.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gameday::measures {

// An acknowledged write with the region that served it. By number, as there may be many.
struct RegionWrite {
    std::uint32_t index = 0;  // into Evidence::operations
    RegionId region;
};
using RegionWrites = std::vector<RegionWrite>;
using Operations = std::vector<Operation>;

// What a search among the writes of one scope found.
struct Found {
    std::vector<std::uint32_t> writes;  // indexes, in no order
    // First and last of them: low counts between their certain moments, high around them.
    std::optional<Interval<Instant>> first, last;
    std::vector<std::uint64_t> witnesses;  // seq, at most 20

    void note(const Operation& write);
};

// Writes that take part in a proof. Where versions are causal, a pair of writes of two regions
// proves that neither had seen the other: the earlier was acknowledged before the later began, and
// yet the version of the later is not above it; the earlier was over before, so it had not seen the
// later either. Of the side of lower terms these are the writes begun after the other's first
// acknowledgement, and of the side of higher terms those acknowledged before the other's last write
// began; where both count alike, each side's between the other's first and last.
// O(n log n). Writes without a version or a region are left out.
Found unaware_writes(const Operations& operations, RegionWrites writes);

// How often the region that acknowledges changed, as far as real time tells: a write that another
// region may have acknowledged while it was still in office changes nothing.
struct WriterChange {
    Interval<Instant> at;  // last sign of the old, first sign of the new
};
std::vector<WriterChange> writer_changes(const Operations& operations, RegionWrites writes);

// Writes that were under way or acknowledged in the stretch between two changes.
Found writes_between(const Operations& operations, std::span<const RegionWrite> writes,
                     Instant from, Instant until);

// Writes that overlap in real time with one of another region: neither can have seen the other.
// O(n log n) in time and regions.
Found concurrent_writes(const Operations& operations, RegionWrites writes);

}  // namespace gameday::measures
