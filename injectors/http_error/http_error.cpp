// The fault kind `http_error`: HTTP requests that are answered with an error.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/hops.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr auto http_error_specs = with_requests(std::array{
    ParamSpec{"status", ParamType::count, "503", "the answer, 300 to 599; nobody else is asked"},
    ParamSpec{"body", ParamType::text, "", "the body of that answer"},
    ParamSpec{"headers", ParamType::object, "", "its headers: {\"Retry-After\": \"5\"}"},
});

Result<FaultPlan> plan_http_error(const Params& params, const PlanContext& context) {
    ParamReader reader(params, http_error_specs);
    const auto status = reader.count("status");
    if (status < 300 || status > 599) {
        reader.fail("status",
                    fmt::format("{} is no error and no redirect, write 300 to 599", status));
    }
    if (status == 304 && reader.has("body")) {
        reader.fail("body", "is never sent with status 304, leave it out");
    }
    devices::proxy::http::Fault fault;
    fault.name = "http_error";
    fault.answer = devices::proxy::http::Answer{static_cast<int>(status), reader.text("body"),
                                                devices::proxy::http::read_answer_headers(reader)};
    return plan_requests(reader, std::move(fault), context);
}

}  // namespace

extern const FaultKind http_error{"http_error", "HTTP requests are answered with an error",
                                  http_error_specs, plan_http_error};

}  // namespace gameday::faults
