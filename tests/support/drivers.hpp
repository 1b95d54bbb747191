// The drivers of the program, for programs that need no more of it.
#pragma once

#include "harness/ports/client.hpp"

#include <vector>

#define DEVICE(name)
#define FAULT(name)
#define POLICY(name)
#define MEASURE(name)
#define REPORTER(name)
#define CLIENT(name)
#define PROBE(name)
#define DRIVER(name) extern const DriverKind name;
namespace gameday::drivers {
#include "harness/app/catalog.inc"
}  // namespace gameday::drivers
#undef DRIVER

namespace gameday::test {

inline std::vector<const DriverKind*> all_drivers() {
    return {
#define DRIVER(name) &drivers::name,
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
