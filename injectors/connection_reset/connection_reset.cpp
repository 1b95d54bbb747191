// The fault kind `connection_reset`: connections that end with RST, all or some of them.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <array>

namespace gameday::faults {

namespace {

using devices::proxy::Cut;
using devices::proxy::Rule;
using devices::proxy::Scope;

constexpr auto connection_reset_specs = with_hops(std::array{
    ParamSpec{"count", ParamType::count, "0",
              "how many live connections of each link are reset, chosen by the seed; 0: all"},
    ParamSpec{"rate_per_s", ParamType::count, "0",
              "so many a second on each link, evenly; 0: all at once"},
    ParamSpec{"new", ParamType::flag, "false",
              "whether connections that are made meanwhile are reset as well"},
});

Result<FaultPlan> plan_connection_reset(const Params& params, const PlanContext& context) {
    ParamReader reader(params, connection_reset_specs);
    Rule rule;
    rule.cut = Cut::reset;
    rule.storm = {reader.count("count"), reader.count("rate_per_s")};
    const bool fresh = reader.flag("new");
    rule.scope = fresh ? Scope::all : Scope::established;
    const auto links = read_sides(reader, context, false);
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_by_proxy(links, rule, context);
    // Who may dial again at once has no reason to be down.
    if (plan) plan->expects_outage = fresh;
    return plan;
}

}  // namespace

extern const FaultKind connection_reset{"connection_reset",
                                        "connections are reset: all, some, one after the other",
                                        connection_reset_specs, plan_connection_reset};

}  // namespace gameday::faults
