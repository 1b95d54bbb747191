// Catalog: everything the program can do, as pointers to kinds. harness/app/catalog.inc lists them.
#pragma once

#include <string_view>
#include <vector>

namespace gameday {

struct FaultKind;
struct DriverKind;
struct Measure;
struct ReporterKind;
struct DeviceKind;
struct ProbeKind;
struct RoutePolicyKind;
struct ClientBehaviourKind;

struct Catalog {
    std::vector<const FaultKind*> faults;
    std::vector<const DriverKind*> drivers;
    std::vector<const Measure*> measures;
    std::vector<const ReporterKind*> reporters;
    std::vector<const DeviceKind*> devices;
    std::vector<const ProbeKind*> probes{};
    std::vector<const RoutePolicyKind*> policies{};  // the first is the default of a scenario
    std::vector<const ClientBehaviourKind*> clients{};
};

// The kind of that name in one of the lists above, or null.
template <class Kind>
const Kind* find_kind(const std::vector<const Kind*>& kinds, std::string_view name) {
    for (const Kind* kind : kinds) {
        if (kind->name == name) return kind;
    }
    return nullptr;
}

}  // namespace gameday
