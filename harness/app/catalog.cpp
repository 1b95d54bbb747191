#include "harness/app/catalog.hpp"

#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/ports/route_policy.hpp"

// Each name in the list is a constant of its kind, defined in the folder of that name; one that has
// no folder does not link.
#define KIND(folder, Type, name) \
    namespace gameday::folder {  \
    extern const Type name;      \
    }
#define DEVICE(name) KIND(devices, DeviceKind, name##_kind)
#define FAULT(name) KIND(faults, FaultKind, name)
#define DRIVER(name) KIND(drivers, DriverKind, name)
#define POLICY(name) KIND(policies, RoutePolicyKind, name)
#define CLIENT(name) KIND(clients, ClientBehaviourKind, name)
#define MEASURE(name) KIND(measures, Measure, name)
#define PROBE(name) KIND(probes, ProbeKind, name##_kind)
#define REPORTER(name) KIND(reporters, ReporterKind, name)
#include "harness/app/catalog.inc"
#undef KIND

namespace gameday::app {

const Catalog& catalog() {
    static const Catalog all = [] {
        Catalog c;
#define DEVICE(name) c.devices.push_back(&devices::name##_kind);
#define FAULT(name) c.faults.push_back(&faults::name);
#define DRIVER(name) c.drivers.push_back(&drivers::name);
#define POLICY(name) c.policies.push_back(&policies::name);
#define CLIENT(name) c.clients.push_back(&clients::name);
#define MEASURE(name) c.measures.push_back(&measures::name);
#define PROBE(name) c.probes.push_back(&probes::name##_kind);
#define REPORTER(name) c.reporters.push_back(&reporters::name);
#include "harness/app/catalog.inc"
        return c;
    }();
    return all;
}

}  // namespace gameday::app
