// role: who is primary, as each node says.
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/prober.hpp"
#include "harness/probes/status_prober.hpp"

#include <array>
#include <memory>
#include <utility>

namespace gameday::probes {
namespace {

constexpr std::array<ParamSpec, 1> role_params{driver_param};

Result<void> check_role(const ProbeSpec& probe, const Scenario&, const Catalog& catalog) {
    auto asked = read_status_probe(probe, StatusSubject::role, catalog);
    if (!asked) return std::move(asked).error();
    return {};
}

Result<std::unique_ptr<Prober>> make_role(const ProbeSetting& setting, const ProbeSpec& probe) {
    return make_status_prober(setting, probe, StatusSubject::role);
}

}  // namespace

extern const ProbeKind role_kind{"role",      "who is primary, as each node says",
                                 role_params, check_role,
                                 make_role,   StatusSubject::role};

}  // namespace gameday::probes
