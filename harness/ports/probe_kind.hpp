// ProbeKind: what a probe of a scenario can be, for those who check and list its parameters.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/params.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"

#include <span>
#include <string_view>

namespace gameday {

struct ProbeKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure: `invalid` with all wrong parameters, one "<field>: message" a line. The scenario's
    // system and loads stand.
    Result<void> (*check)(const ProbeSpec&, const Scenario&, const Catalog&);
};

}  // namespace gameday
