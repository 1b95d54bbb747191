// The route policies of the program, for tests that need a catalog with them.
#pragma once

#include "harness/ports/route_policy.hpp"

#include <vector>

#define POLICY(name) extern const RoutePolicyKind name;
namespace gameday::policies {
#include "harness/app/catalog.inc"
}  // namespace gameday::policies

namespace gameday::test {

inline std::vector<const RoutePolicyKind*> all_policies() {
    return {
#define POLICY(name) &policies::name,
#include "harness/app/catalog.inc"
    };
}

}  // namespace gameday::test
