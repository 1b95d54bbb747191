// The fault kind `latency`: links that take longer.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

namespace gameday::faults {

namespace {

using kernel::Distribution;

constexpr auto latency_specs = with_links(
    std::array{
        ParamSpec{"delay", ParamType::duration, "",
                  "added each way, so a round trip grows by twice this (by once, if one way)",
                  true},
        ParamSpec{"jitter", ParamType::duration, "0s", "the delay varies by this, up and down"},
        ParamSpec{"distribution", ParamType::choice, "uniform",
                  "how it varies; all but uniform need a kernel device", false,
                  "uniform|normal|pareto|paretonormal"},
        ParamSpec{"correlation", ParamType::share, "0",
                  "how far the delay of a packet follows the one before; needs a kernel device"},
    },
    "auto|proxy|netem|nfqueue");

Distribution read_distribution(ParamReader& reader) {
    const auto text = reader.text("distribution");
    if (text == "normal") return Distribution::normal;
    if (text == "pareto") return Distribution::pareto;
    return text == "paretonormal" ? Distribution::paretonormal : Distribution::uniform;
}

Result<FaultPlan> plan_latency(const Params& params, const PlanContext& context) {
    ParamReader reader(params, latency_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    read_delay(reader, impairment);
    impairment.distribution = read_distribution(reader);
    impairment.delay_correlation = reader.share("correlation");
    const bool uniform = impairment.distribution == Distribution::uniform;
    const bool by_proxy = works_on_hops(reader.text("via"));
    if (!uniform && impairment.jitter == Duration::zero()) {
        reader.fail("distribution", "has nothing to vary, write a \"jitter\" as well");
    }
    if (!uniform && by_proxy) {
        reader.fail("distribution", "needs a kernel device, write another \"via\" or none");
    }
    if (impairment.delay_correlation > 0 && by_proxy) {
        reader.fail("correlation", "needs a kernel device, write another \"via\" or none");
    }
    if (uniform && impairment.delay_correlation == 0) {
        impairing.proxy.emplace();
        impairing.proxy->delay = impairment.delay;
        impairing.proxy->jitter = impairment.jitter;
    }
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind latency{"latency",     "links take longer, with jitter",
                               latency_specs, plan_latency,
                               "was slowed",  "were slowed"};

}  // namespace gameday::faults
