// The fault kind `bandwidth`: links that carry less.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

namespace gameday::faults {

namespace {

constexpr auto bandwidth_specs = with_links(
    std::array{
        ParamSpec{"rate", ParamType::rate, "",
                  "bytes a second: by proxy of each link and way, else of each host and way", true},
    },
    "auto|proxy|netem|nfqueue");

Result<FaultPlan> plan_bandwidth(const Params& params, const PlanContext& context) {
    ParamReader reader(params, bandwidth_specs);
    const auto rate = reader.rate("rate");
    if (reader.has("rate") && rate <= 0) {
        reader.fail("rate", "is no rate, write for example \"1Mbit\", or use the fault partition");
    }
    Impairing impairing;
    impairing.impairment.rate = rate;
    impairing.proxy.emplace();
    impairing.proxy->rate = rate;
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind bandwidth{"bandwidth", "links carry less a second", bandwidth_specs,
                                 plan_bandwidth};

}  // namespace gameday::faults
