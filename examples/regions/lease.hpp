// Leases and majorities: the arithmetic of who may act, on plain values.
#pragma once

#include "examples/regions/message.hpp"
#include "harness/base/time.hpp"

#include <cstddef>
#include <span>

namespace gameday::regions {

// How many of `members` are a majority.
constexpr std::size_t majority(std::size_t members) { return members / 2 + 1; }

// Until when a primary may act. `echoed`: for each OTHER member, when the newest heartbeat that it
// answered was sent, by the primary's clock (Instant::min(): never). Each answer is a promise not
// to elect anybody else for `lease` after it was received, hence for at least `lease` after it was
// sent. A majority that includes the primary itself must still be bound.
Instant lease_end(std::span<const Instant> echoed, Duration lease);

// The highest index that at least `count` of the logs hold. `held`: one entry per log.
Index held_by(std::span<const Index> held, std::size_t count);

// What followers add to the lease before they elect, for clocks that do not run alike.
constexpr Duration lease_margin(Duration lease) { return lease / 10; }

}  // namespace gameday::regions
