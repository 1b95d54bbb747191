// The parameter `order` of policies that go through the regions by preference. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::routing {

inline constexpr ParamSpec order_param{
    "order", ParamType::names, "the order of the regions",
    "regions by preference; those left out follow as they are declared"};

// All regions: those of `order` as given, then the others as declared. `invalid` as a policy's
// `order` has it; `specs` are all parameters of the policy.
Result<std::vector<RegionId>> read_order(const Params& params, std::span<const ParamSpec> specs,
                                         const Topology& topology);

// `"asia" is no region of the system, …`
std::string no_such_region(std::string_view name, const Topology& topology);

}  // namespace gameday::routing
