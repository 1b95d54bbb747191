// What the reaper does between fork and its end: system calls only, no allocation, no locks, for it
// is forked from a process with threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gameday::devices::netem {

// What it is asked, one at a time, each followed by its messages; `join` hands a descriptor over.
struct ReaperRequest {
    enum class Verb : std::uint32_t { join, arm, beat, leave };
    Verb verb = Verb::beat;
    std::uint32_t seat = 0;
    std::int64_t lease_ns = 0;
};
// What it answers.
enum class ReaperAnswer : std::uint32_t { done, lapsed };

// Never returns. `socket` leads to the process that started it, `parent` is a pidfd of that (-1:
// there is none).
[[noreturn]] void serve_as_reaper(int socket, int parent, std::size_t seats,
                                  std::size_t bytes_per_seat);

}  // namespace gameday::devices::netem
