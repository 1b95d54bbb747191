// The fault kind `http_delay`: HTTP requests whose response is late.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/hops.hpp"

#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr auto http_delay_specs = with_requests(std::array{
    ParamSpec{"delay", ParamType::duration, "", "the response is so late", true},
    ParamSpec{"jitter", ParamType::duration, "0s", "the delay varies by this, up and down"},
    ParamSpec{
        "after_bytes", ParamType::count, "",
        "the delay comes behind so many bytes of the body (0: behind the headers), not before "
        "the response"},
});

Result<FaultPlan> plan_http_delay(const Params& params, const PlanContext& context) {
    ParamReader reader(params, http_delay_specs);
    devices::proxy::http::Fault fault;
    fault.name = "http_delay";
    fault.delay = reader.duration("delay");
    fault.jitter = reader.duration("jitter");
    if (reader.has("delay") && fault.delay <= Duration::zero()) {
        reader.fail("delay", "is no delay, write for example \"100ms\"");
    }
    if (fault.jitter > fault.delay) reader.fail("jitter", "is more than the delay, write less");
    if (reader.has("after_bytes")) fault.delay_after = reader.count("after_bytes");
    return plan_requests(reader, std::move(fault), context);
}

}  // namespace

extern const FaultKind http_delay{"http_delay", "HTTP requests whose response is late",
                                  http_delay_specs, plan_http_delay};

}  // namespace gameday::faults
