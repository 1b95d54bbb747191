// ProbeKind: what a probe of a scenario can be: its parameters, and the prober that it becomes.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/params.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/status.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace gameday::probes {
class Prober;
struct ProbeSetting;
}  // namespace gameday::probes

namespace gameday {

struct ProbeKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure: `invalid` with all wrong parameters, one "<field>: message" a line. The scenario's
    // system and loads stand.
    Result<void> (*check)(const ProbeSpec&, const Scenario&, const Catalog&);
    // The prober of one probe, which opens no connection yet. Fails as `check` does, and `failed`
    // when the name of an endpoint cannot be resolved. Blocks while it asks a resolver.
    Result<std::unique_ptr<probes::Prober>> (*make)(const probes::ProbeSetting&, const ProbeSpec&);
    // What it asks of a node's status: the parameters of such a question, which are its driver's,
    // are the probe's as well. None: it asks no driver for the status.
    std::optional<StatusSubject> asks{};
};

}  // namespace gameday
