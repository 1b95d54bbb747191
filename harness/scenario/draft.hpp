// The parts of parse(): each reads some keys of the file into a Draft. Internal to this folder.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/scenario/parse.hpp"
#include "harness/scenario/reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::scenario {

struct Draft {
    Scenario scenario;
    const Catalog* catalog = nullptr;
    std::optional<Value> described;  // what the launched system says of itself
    bool topology_known = true;      // false: names cannot be checked, an error says why

    // A proposal of the launched system: "load" or "probes"; null when there is none.
    [[nodiscard]] const Value* proposed(std::string_view key) const {
        return described ? described->find(key) : nullptr;
    }
};

void read_system(Reader& root, const ParseOptions& options, Draft& draft);
void read_loads(Reader& root, Draft& draft);
void read_probes(Reader& root, Draft& draft);
// The policy of a load's route, with its parameters.
void read_policy(Reader& place, RouteSpec& route, const Draft& draft);
// steady_state, minimum_level, hold, settle, ledger_patience, expected_switches, cooldown, safety.
void read_limits(Reader& root, Draft& draft);
// faults and duration. After read_limits: the default duration depends on hold.
void read_faults(Reader& root, Draft& draft);
// tier, targets, stop_conditions and report. After read_faults: targets name steps.
void read_targets(Reader& root, Draft& draft);

// Fails, with the nearest name, when no region is called so.
void check_region(const Reader& place, std::string_view name, const Draft& draft);
// The duration member, which must be longer than nothing.
Duration positive_or(Reader& object, std::string_view name, Duration otherwise);
void check_positive(const Reader& place, std::optional<Duration> duration);
bool is_host_name(std::string_view text);
// Addresses, prefixes and host names, one or a list.
std::vector<std::string> read_addresses(const Reader& place);
// Names of regions, in declared order.
std::vector<std::string> region_names(const Topology& topology);
// A name of a node, region, load or step: letters, digits and ".", "_", "-".
std::optional<std::string> read_name(const Reader& place);

}  // namespace gameday::scenario
