// The fault kind `duplicate`: packets that arrive twice.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

namespace gameday::faults {

namespace {

constexpr auto duplicate_specs = with_links(
    std::array{
        ParamSpec{"share", ParamType::share, "", "share of packets that are sent twice", true},
        correlation_spec,
        wire_accurate_spec,
    },
    "auto|netem|nfqueue");

Result<FaultPlan> plan_duplicate(const Params& params, const PlanContext& context) {
    ParamReader reader(params, duplicate_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    impairment.duplicate = read_some(reader, "share");
    impairment.duplicate_correlation = reader.share("correlation");
    impairment.wire_accurate = reader.flag("wire_accurate");
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind duplicate{"duplicate", "packets arrive twice", duplicate_specs,
                                 plan_duplicate};

}  // namespace gameday::faults
