// Pages: the requests of health checks and probes, compiled once, and what a good answer to one is.
// Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/access.hpp"
#include "harness/drivers/http/expectation.hpp"
#include "harness/model/value.hpp"

#include <string>
#include <string_view>

namespace gameday::drivers {

// A request that is not an operation, as a scenario says it.
struct PageSpec {
    std::string method = "GET";
    std::string path = "/";
    std::string body{};
    Params headers{};  // names → texts
    Params expect{};   // what a good answer is; empty: 2xx
};

struct PageRequest {
    std::string text;  // to send as it is; the server is asked to close behind it
    bool to_head = false;
    Expectation expect;
};

// `host` becomes the Host header, `access` that of the authorization. `invalid` with all wrong
// fields ("method", "path", "headers", "expect"), one "<field>: message" a line.
Result<PageRequest> compile_page(const PageSpec& page, std::string_view host,
                                 const HttpAccess& access = {});

// Why the answer is not a good one; "" when it is. Unless `expect` names statuses, 2xx are good.
std::string missed(const PageRequest& page, const Answer& answer);

}  // namespace gameday::drivers
