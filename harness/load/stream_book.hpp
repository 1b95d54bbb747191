// StreamBook: operations of a shard by stream and by the slice of time in which they were due,
// until the system is steady. One writer, any number of readers.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/load/plan.hpp"
#include "harness/ports/engine.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace gameday::load {

inline constexpr std::size_t cause_count = static_cast<std::size_t>(Cause::unexpected) + 1;

// Counts of one stream, as they can be added up.
struct StreamTally {
    std::uint64_t due = 0, done = 0, good = 0;
    std::array<std::uint64_t, cause_count> causes{};  // of those done and not good
};

class StreamBook {
 public:
    StreamBook(const EnginePlan& plan, Duration slice);

    void begin(Instant instant) { begin_ = instant; }
    // Of a load's home (by index) and the cohort of the operation's client.
    void count_due(std::size_t load, std::size_t home, const Operation& operation);
    void count_done(std::size_t load, std::size_t home, const Operation& operation, bool good);
    // Adds what was due in the window, by stream, see streams_of.
    void add_to(std::vector<StreamTally>& sums, const Interval<Instant>& window) const;

 private:
    StreamTally& cell(std::size_t load, std::size_t home, const Operation& operation);

    const EnginePlan& plan_;
    Duration slice_;
    Instant begin_{};
    std::vector<std::size_t> first_;  // stream of home 0, by load
    mutable std::mutex mutex_;
    std::vector<std::vector<StreamTally>> slices_;  // by slice, by stream
};

// All streams of the plan, in the order of a book: by load, home, cohort and verb. Those that never
// have an operation (a load of reads only) are among them, and have none due.
std::vector<StreamCount> streams_of(const EnginePlan& plan);
// Fills in what was counted.
void count_in(StreamCount& stream, const StreamTally& tally);

}  // namespace gameday::load
