// The route policies of the program, for tests that need a catalog with them.
#pragma once

#include "harness/ports/route_policy.hpp"

#include <vector>

namespace gameday::policies {
extern const RoutePolicyKind failover, weighted, direct, retry_elsewhere;
}  // namespace gameday::policies

namespace gameday::test {

inline std::vector<const RoutePolicyKind*> all_policies() {
    return {&policies::failover, &policies::weighted, &policies::direct,
            &policies::retry_elsewhere};
}

}  // namespace gameday::test
