#include "harness/routing/choice.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::routing {

Result<Route> resolve_route(const RouteSpec& spec, const Topology& topology,
                            const Catalog& catalog) {
    const auto* policy = find_kind(catalog.policies, spec.policy);
    if (policy == nullptr) {
        return invalid("policy: \"{}\" is no policy", spec.policy);
    }
    auto order = policy->order(spec.policy_params, topology);
    if (!order) return std::move(order).error();
    return Route{std::move(*order), spec.writes_to_primary};
}

View first_view(const Topology& topology) {
    View view;
    for (const auto& node : topology.nodes) {
        view.healthy.push_back(true);
        view.primary.push_back(node.role == "primary");
    }
    return view;
}

Instant attempt_deadline(Instant now, Instant deadline, std::size_t left) {
    if (left <= 1 || deadline <= now) return deadline;
    return now + (deadline - now) / static_cast<Duration::rep>(left);
}

Outcome combine(Outcome so_far, Outcome attempt) {
    if (so_far == Outcome::ok || attempt == Outcome::ok) return Outcome::ok;
    if (so_far == Outcome::unknown || attempt == Outcome::unknown) return Outcome::unknown;
    return Outcome::failed;
}

}  // namespace gameday::routing
