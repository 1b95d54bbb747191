// StatusPage: what a status question asks over HTTP, and what the answer says of the node. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/access.hpp"
#include "harness/drivers/http/expectation.hpp"
#include "harness/drivers/http/pages.hpp"
#include "harness/model/params.hpp"
#include "harness/ports/status.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

struct StatusPage {
    HttpAccess access;  // of the question itself
    PageRequest request;
    bool tells_role = false;                // otherwise only whether the node is healthy
    std::vector<std::string> role_path;     // of the text that tells the role
    std::string primary;                    // that text on a primary, or …
    std::vector<std::string> primary_path;  // … where the answer holds the text to compare with
    std::vector<std::string> term_path, lag_path;  // empty: not told
    bool of_primary = false;  // only the answer of the primary is good; with tells_role
};

// The parameters of questions, by their subject.
extern const std::span<const ParamSpec> http_health_params, http_role_params;

// `host` becomes the Host header; `access` lets the question in unless it brings its own.
// `invalid` with all wrong parameters, one "<field>: message" a line.
Result<StatusPage> compile_status(const StatusQuestion& question, std::string_view host,
                                  const HttpAccess& access = {});

// What a complete answer means. One that is not good, or not understood, tells no role. `words`
// holds the text of its detail.
NodeStatus read_status(const StatusPage& page, const Answer& answer, std::string& words);

}  // namespace gameday::drivers
