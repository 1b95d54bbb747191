// The parameters that kinds about links share: whose links, which way, by which device.
#pragma once

#include "harness/ports/fault_kind.hpp"
#include "injectors/common/host_flows.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace gameday::faults {

// Reads whose links, and which way: the first four rows of the table below, but `direction` where
// the kind's table has it.
Links read_sides(ParamReader& reader, const PlanContext& context, bool one_way = true);

// Reads the table below: groups in `between`, or places in `to`, which everybody else is set
// against. Mistakes are told to the reader.
Links read_links(ParamReader& reader, const PlanContext& context);

// Reads a share that has to be more than nothing.
double read_some(ParamReader& reader, std::string_view field);

// Reads a duration that has to be longer than nothing and, when there is one, a jitter around it.
void read_delay(ParamReader& reader, kernel::Impairment& impairment);

// The same effect between the sides that the reader tells of, for a fault to be ridden out.
Result<FaultPlan> plan_ridden_out(ParamReader& reader, const Impairing& impairing,
                                  const PlanContext& context);

constexpr std::array links_specs{
    ParamSpec{"between", ParamType::groups, "",
              "groups of regions, nodes or clients:REGION; the links between each two of them"},
    ParamSpec{"to", ParamType::names, "",
              "instead of between: regions or nodes; the links between them and everybody else"},
    ParamSpec{"direction", ParamType::choice, "both",
              "to: only what earlier groups say to later ones, or what is said to the places of "
              "`to`; from: only the answers",
              false, "both|to|from"},
    ParamSpec{"clients", ParamType::flag, "",
              "whether client links count: with between those of the groups' regions (default "
              "false), with to those of all regions (default true)"},
    everything_spec,
};

inline constexpr ParamSpec correlation_spec{"correlation", ParamType::share, "0",
                                            "how far each packet's fate follows the one before"};
inline constexpr ParamSpec wire_accurate_spec{
    "wire_accurate", ParamType::flag, "false",
    "packets count as on the wire, not in bundles of up to 64 KiB; costs throughput, needs netem"};

// The table of a kind that only the proxy can carry: whose links, its own parameters, then whether
// clients count.
template <std::size_t n>
constexpr auto with_hops(const std::array<ParamSpec, n>& own) {
    std::array<ParamSpec, n + 3> all{};
    auto next = std::copy(links_specs.begin(), links_specs.begin() + 2, all.begin());
    next = std::copy(own.begin(), own.end(), next);
    *next = links_specs[3];
    return all;
}

// The table of a kind: whose links, its own parameters, then `via` with the devices that make sense
// for it, then the rest.
template <std::size_t n>
constexpr auto with_links(const std::array<ParamSpec, n>& own, std::string_view devices) {
    std::array<ParamSpec, n + 1 + links_specs.size() + packets_specs.size()> all{};
    auto next = std::copy(links_specs.begin(), links_specs.begin() + 2, all.begin());
    next = std::copy(own.begin(), own.end(), next);
    *next++ = via_spec(devices);
    next = std::copy(links_specs.begin() + 2, links_specs.end(), next);
    std::copy(packets_specs.begin(), packets_specs.end(), next);
    return all;
}

}  // namespace gameday::faults
