// StatusProber: asks every node for its status, each interval, through a driver. Kinds of probes
// that differ in what they ask, and in what they make of the answer, share it.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/status.hpp"
#include "harness/probes/prober.hpp"

#include <array>
#include <memory>

namespace gameday::probes {

// The parameter that such a probe has of its own. All others are the driver's.
inline constexpr ParamSpec driver_param{"driver", ParamType::text, "http",
                                        "who asks, and reads the other parameters"};

// The table of a kind without any other.
inline constexpr std::array<ParamSpec, 1> status_params{driver_param};

// The role that a status shows. No answer: down. Asked for the role: what the answer tells, else
// unknown. Asked for health: a good answer is unknown (it is up, and no more is known), all else
// down. Pure.
Role role_shown(StatusSubject subject, const NodeStatus& status);

// As ProbeKind has them, of any kind that says what it asks.
Result<void> check_status_probe(const ProbeSpec& probe, const Scenario& scenario,
                                const Catalog& catalog);
Result<std::unique_ptr<Prober>> make_status_prober(const ProbeSetting& setting,
                                                   const ProbeSpec& probe);

}  // namespace gameday::probes
