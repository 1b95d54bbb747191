// The fault kind `slow_close`: ends of streams that arrive late.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <array>

namespace gameday::faults {

namespace {

constexpr auto slow_close_specs = with_hops(std::array{
    ParamSpec{"delay", ParamType::duration, "", "how late FIN is passed on; bytes are on time",
              true},
    links_specs[2],
});

Result<FaultPlan> plan_slow_close(const Params& params, const PlanContext& context) {
    ParamReader reader(params, slow_close_specs);
    devices::proxy::Rule rule;
    rule.end_delay = reader.duration("delay");
    if (reader.has("delay") && rule.end_delay <= Duration::zero()) {
        reader.fail("delay", "is no delay, write for example \"5s\"");
    }
    const auto links = read_sides(reader, context);
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_by_proxy(links, rule, context);
    if (plan) plan->expects_outage = false;
    return plan;
}

}  // namespace

extern const FaultKind slow_close{"slow_close", "connections take long to close", slow_close_specs,
                                  plan_slow_close};

}  // namespace gameday::faults
