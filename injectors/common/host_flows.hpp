// Which device carries a fault on links, and why. Pure: whether a device works here is asked of
// PlanContext::able.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/kernel_flows.hpp"
#include "injectors/common/packets.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "injectors/kernel/steer/impairment.hpp"

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

struct HostFlows {
    std::string device;
    std::string why;  // one line
    bool operator==(const HostFlows&) const = default;
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
Result<HostFlows> choose(const Candidates& candidates, const PlanContext& context);

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

}  // namespace gameday::faults
