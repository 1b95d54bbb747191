// Pages: the requests of health checks and probes, compiled once, and what a good answer to one is.
// Pure.
#pragma once

#include "harness/drivers/http/expectation.hpp"
#include "harness/ports/client.hpp"

#include <string>
#include <string_view>

namespace gameday::drivers {

struct PageRequest {
    std::string text;  // to send as it is
    bool to_head = false;
    bool repeatable = false;  // GET, HEAD and OPTIONS change nothing (RFC 9110, 9.2.1)
    Expectation expect;
};

// `host` becomes the Host header. `keep_alive` false: the server is asked to close behind it.
// `invalid` with all wrong fields, one "<field>: message" a line.
Result<PageRequest> compile_page(const PageSpec& page, std::string_view host, bool keep_alive);

// Why the answer is not a good one; "" when it is. Unless `expect` names statuses, 2xx are good.
std::string missed(const PageRequest& page, const Answer& answer);

}  // namespace gameday::drivers
