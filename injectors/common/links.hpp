// What kinds about links share: the parameters (whose links, which way, by which device), and which
// device carries the fault, and why. Pure: whether a device works here is asked of
// PlanContext::able.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/kernel_flows.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::faults {

// The parameter `via`; each kind names the devices that could do it.
constexpr ParamSpec via_spec(std::string_view choices) {
    return {"via",
            ParamType::choice,
            "auto",
            "the device; auto: proxy where all links concerned have hops, else one in the kernel",
            false,
            choices};
}

// Whether the device works on whole links, at their hops. All others work on packets in the kernel.
bool works_on_hops(std::string_view device);

// The device that carries a fault.
struct Carrier {
    std::string device;
    std::string why;  // one line
    bool operator==(const Carrier&) const = default;
};

// What the choice is made from.
struct Candidates {
    std::string via;               // "auto", or a device
    std::optional<Error> proxy;    // why the proxy cannot; absent: it can
    bool proxy_has_effect = true;  // false: no proxy could, whatever hops there were
    const Result<Touched>& kernel;
    std::vector<std::string_view> devices;  // of the kernel, the best first
};

// Of the kernel's devices the first that is able; the first of all when none is, for the device
// itself says best what is missing. One that `via` names is taken even if it is not able: the run
// refuses it, and `why` says what is. Fails when neither the proxy nor the kernel can be told what
// to do: with the proxy's error, unless the proxy has no such effect or the nodes declare their
// hosts. Nodes that share a host are left to the proxy unless `via` says otherwise.
Result<Carrier> choose(const Candidates& candidates, const PlanContext& context);

// What a fault does to links, as told to the proxy and to the kernel's devices.
struct Cutting {
    devices::proxy::Rule proxy;
    devices::firewall::Cut cut = devices::firewall::Cut::drop;
    devices::firewall::Scope scope = devices::firewall::Scope::all;
};
struct Impairing {
    std::optional<devices::proxy::Rule> proxy;  // absent: the proxy cannot
    kernel::Impairment impairment;
};

// Whom a fault on links is about, and how it should be carried.
struct Links {
    std::vector<Group> groups;
    Direction direction = Direction::both;
    std::string field;  // the parameter that the groups come from, for errors
    std::string via = "auto";
    bool allow_everything = false;
    Packets packets{};
};

// The plans for all between the groups, by whatever device is chosen; healed in reverse order.
Result<FaultPlan> plan_cut(const Links& links, const Cutting& cutting, const PlanContext& context);
Result<FaultPlan> plan_impairment(const Links& links, const Impairing& impairing,
                                  const PlanContext& context);

// The same by the proxy, for what only it can do.
Result<FaultPlan> plan_by_proxy(const Links& links, const devices::proxy::Rule& rule,
                                const PlanContext& context);

// What to mind about a cut by that device on this machine, when there is something.
void note_cut(FaultPlan& plan, std::string_view device, devices::proxy::Cut cut,
              const PlanContext& context);

// One action a host by the firewall.
FaultPlan plan_firewall(const Touched& touched, const Cutting& cutting);

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
