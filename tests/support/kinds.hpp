// Devices, faults, measures and client behaviours of the program by their names, for tests of one
// of them. What a kind is stands in harness/ports.
#pragma once

#include "harness/ports/catalog.hpp"

#define DEVICE(name)                     \
    namespace gameday::devices {         \
    extern const DeviceKind name##_kind; \
    }
#define FAULT(name)              \
    namespace gameday::faults {  \
    extern const FaultKind name; \
    }
#define MEASURE(name)             \
    namespace gameday::measures { \
    extern const Measure name;    \
    }
#define CLIENT(name)                       \
    namespace gameday::clients {           \
    extern const ClientBehaviourKind name; \
    }
#include "harness/app/catalog.inc"
