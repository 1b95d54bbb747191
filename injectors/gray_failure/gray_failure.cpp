// The fault kind `gray_failure`: links that are neither whole nor down.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

namespace gameday::faults {

namespace {

constexpr auto gray_failure_specs = with_links(
    std::array{
        ParamSpec{"share", ParamType::share, "0.03",
                  "share of packets that are lost, 0.01 to 0.05"},
        ParamSpec{"delay", ParamType::duration, "20ms", "added each way"},
        ParamSpec{"jitter", ParamType::duration, "10ms", "the delay varies by this, up and down"},
    },
    "auto|netem|nfqueue");

Result<FaultPlan> plan_gray_failure(const Params& params, const PlanContext& context) {
    ParamReader reader(params, gray_failure_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    read_delay(reader, impairment);
    impairment.distribution = impairment.jitter > Duration::zero() ? kernel::Distribution::normal
                                                                   : kernel::Distribution::uniform;
    impairment.loss.share = reader.share("share");
    if (impairment.loss.share < 0.01 || impairment.loss.share > 0.05) {
        reader.fail("share", "is not gray, write 0.01 to 0.05, or use the fault loss");
    }
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind gray_failure{
    "gray_failure", "links lose a little, late and unevenly: neither whole nor down",
    gray_failure_specs, plan_gray_failure};

}  // namespace gameday::faults
