// Settings: what the scenario's "system" object says about the reference regions, every default
// filled in. The same table feeds the reader, its error messages and `gameday-regions help`.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/params.hpp"
#include "harness/model/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gameday::regions {

enum class Replication : std::uint8_t { async, sync, quorum, last_write_wins };

// Mistakes that can be planted, one at a time. README.md says what each breaks.
enum class Bug : std::uint8_t {
    none,
    early_ack,
    no_fencing,
    no_hysteresis,
    stale_promotion,
    forget_on_restart,
};

struct Settings {
    std::vector<std::string> regions;  // 2 to 5, unique; the first is the preferred one
    std::size_t nodes_per_region = 1;
    Replication replication = Replication::quorum;
    Bug bug = Bug::none;
    Duration interval{};        // between two batches of replication, where they are batched
    Duration lease{};           // how long a majority's word holds
    Duration check_interval{};  // between two heartbeats of the primary
    Duration cooldown{};        // least time between two changes made by failback
    bool reads_at_primary = false;
    bool forward = true;    // a write at a replica is passed on to the primary
    bool failback = false;  // the first region takes the role back when it is well again
    bool hops = true;       // peers and clients go through the proxy hops of gameday
    bool fsync = false;
    std::string network;  // the first half of every address
    std::uint64_t seed = 1;
    Params source;  // as given, to be written into the configuration of each node

    [[nodiscard]] bool single_writer() const { return replication != Replication::last_write_wins; }
    // True when an answer goes out before the write has been sent to anybody.
    [[nodiscard]] bool acknowledges_first() const {
        return replication == Replication::async || bug == Bug::early_ack;
    }
};

// Reads the "system" object. Keys "launch", "x-…" and "$…" are let pass; all other unknown keys,
// wrong values and combinations that mean nothing are errors (code `invalid`), one per line.
Result<Settings> parse_settings(const Params& system);

// The table of keys, for help texts.
std::span<const ParamSpec> setting_specs();

}  // namespace gameday::regions
