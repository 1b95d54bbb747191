// The fault kind `tls_handshake`: TLS connections that are never made.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <array>

namespace gameday::faults {

namespace {

// A hop of a scenario passes TLS through: it has no certificate of its own to be wrong.
constexpr auto tls_handshake_specs = with_hops(std::array{
    ParamSpec{"mode", ParamType::choice, "stall",
              "stall: a client's hello is never answered; reset: it is answered with RST", false,
              "stall|reset"},
});

Result<FaultPlan> plan_tls_handshake(const Params& params, const PlanContext& context) {
    ParamReader reader(params, tls_handshake_specs);
    devices::proxy::Rule rule;
    rule.tls = devices::proxy::tls::fault_named(reader.text("mode"));
    const auto links = read_sides(reader, context, false);
    if (auto good = reader.finish(); !good) return good.error();
    return plan_by_proxy(links, rule, context);
}

}  // namespace

extern const FaultKind tls_handshake{"tls_handshake", "handshakes of TLS stall or are reset",
                                     tls_handshake_specs, plan_tls_handshake};

}  // namespace gameday::faults
