// The route policies of the program, for tests that need a catalog with them.
#pragma once

#include "harness/ports/route_policy.hpp"

#include <vector>

#define DEVICE(name)
#define FAULT(name)
#define DRIVER(name)
#define MEASURE(name)
#define REPORTER(name)
#define CLIENT(name)
#define PROBE(name)
#define POLICY(name) extern const RoutePolicyKind name;
namespace gameday::policies {
#include "harness/app/catalog.inc"
}  // namespace gameday::policies
#undef POLICY

namespace gameday::test {

inline std::vector<const RoutePolicyKind*> all_policies() {
    return {
#define POLICY(name) &policies::name,
#include "harness/app/catalog.inc"
    };
}

}  // namespace gameday::test

#undef DEVICE
#undef FAULT
#undef DRIVER
#undef MEASURE
#undef REPORTER
#undef CLIENT
#undef PROBE
#undef POLICY
