// http: which nodes answer a request.
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/prober.hpp"
#include "harness/probes/status_prober.hpp"

#include <array>
#include <memory>
#include <utility>

namespace gameday::probes {
namespace {

constexpr std::array<ParamSpec, 1> http_params{driver_param};

Result<void> check_http(const ProbeSpec& probe, const Scenario&, const Catalog& catalog) {
    auto asked = read_status_probe(probe, StatusSubject::health, catalog);
    if (!asked) return std::move(asked).error();
    return {};
}

Result<std::unique_ptr<Prober>> make_http(const ProbeSetting& setting, const ProbeSpec& probe) {
    return make_status_prober(setting, probe, StatusSubject::health);
}

}  // namespace

extern const ProbeKind http_kind{"http",    "which nodes answer a request", http_params, check_http,
                                 make_http, StatusSubject::health};

}  // namespace gameday::probes
