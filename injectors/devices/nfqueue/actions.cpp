#include "injectors/devices/nfqueue/actions.hpp"

#include <fmt/format.h>

namespace gameday::devices::nfqueue {
namespace {

Error not_offered(std::string_view what, std::string_view instead) {
    return unsupported("{}: {}", what, instead);
}

}  // namespace

Result<void> offered(const Rule& rule) {
    const kernel::Impairment& asked = rule.impairment;
    if (asked.slot) {
        return not_offered("packets in slots are not offered by nfqueue",
                           "leave slot out, or use netem (a kernel with sch_netem)");
    }
    if (asked.ecn) {
        return not_offered("marks for congestion (ecn) are not offered by nfqueue",
                           "leave ecn out, or use netem (a kernel with sch_netem)");
    }
    if (asked.duplicate <= 0) return {};
    for (const auto& flow : rule.flows) {
        if (flow.side == kernel::Side::egress) continue;
        return not_offered("packets that arrive cannot be duplicated by nfqueue",
                           "duplicate where they leave (the other host's egress), or use netem");
    }
    return {};
}

}  // namespace gameday::devices::nfqueue
