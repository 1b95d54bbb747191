// The fault kind `reorder`: packets that overtake others.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <limits>

namespace gameday::faults {

namespace {

constexpr auto reorder_specs = with_links(
    std::array{
        ParamSpec{"share", ParamType::share, "", "share of packets that overtake those before",
                  true},
        ParamSpec{"delay", ParamType::duration, "10ms", "how late all other packets are"},
        ParamSpec{"jitter", ParamType::duration, "0s", "the delay varies by this, up and down"},
        correlation_spec,
        ParamSpec{"gap", ParamType::count, "1", "only each so-manieth packet can overtake"},
        wire_accurate_spec,
    },
    "auto|netem|nfqueue");

Result<FaultPlan> plan_reorder(const Params& params, const PlanContext& context) {
    ParamReader reader(params, reorder_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    read_delay(reader, impairment);
    impairment.reorder = read_some(reader, "share");
    impairment.reorder_correlation = reader.share("correlation");
    const auto gap = reader.count("gap");
    if (gap < 1 || gap > std::numeric_limits<std::int32_t>::max()) {
        reader.fail("gap", "is out of range, write 1 or a little more");
    } else if (gap > 1) {
        impairment.gap = static_cast<std::uint32_t>(gap);
    }
    impairment.wire_accurate = reader.flag("wire_accurate");
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind reorder{"reorder", "packets overtake those sent before them", reorder_specs,
                               plan_reorder};

}  // namespace gameday::faults
