// What kinds about HTTP requests share: whose requests to whom, and which of them.
#pragma once

#include "harness/ports/fault_kind.hpp"
#include "injectors/devices/proxy/actions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace gameday::faults {

inline constexpr std::array requests_specs{
    ParamSpec{"to", ParamType::names, "", "regions or nodes whose requests are met", true},
    ParamSpec{"from", ParamType::names, "",
              "only requests of these regions, nodes or clients:REGION; else everybody's"},
};

// The table of a kind: whose requests, its own parameters, which requests.
template <std::size_t n>
constexpr auto with_requests(const std::array<ParamSpec, n>& own) {
    constexpr auto& match = devices::proxy::http::match_specs;
    std::array<ParamSpec, n + requests_specs.size() + match.size()> all{};
    auto next = std::copy(requests_specs.begin(), requests_specs.end(), all.begin());
    next = std::copy(own.begin(), own.end(), next);
    std::copy(match.begin(), match.end(), next);
    return all;
}

// Reads both tables and plans the fault on the hops that lead to these places: all that do, or
// those whose dialler is named. Fails with `invalid` when one of these links has no hop, or when
// there is none.
Result<FaultPlan> plan_requests(ParamReader& reader, devices::proxy::http::Fault fault,
                                const PlanContext& context);

}  // namespace gameday::faults
