// The fault kind `corrupt`: packets with a wrong bit.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

namespace gameday::faults {

namespace {

constexpr auto corrupt_specs = with_links(
    std::array{
        ParamSpec{"share", ParamType::share, "", "share of packets of which one bit is turned",
                  true},
        correlation_spec,
        wire_accurate_spec,
    },
    "auto|netem|nfqueue");

Result<FaultPlan> plan_corrupt(const Params& params, const PlanContext& context) {
    ParamReader reader(params, corrupt_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    impairment.corrupt = read_some(reader, "share");
    impairment.corrupt_correlation = reader.share("correlation");
    impairment.wire_accurate = reader.flag("wire_accurate");
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind corrupt{"corrupt", "packets arrive with a wrong bit", corrupt_specs,
                               plan_corrupt};

}  // namespace gameday::faults
