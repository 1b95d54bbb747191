// RoleReading: what the parameters of a role, http or tcp probe ask, and what an answer means.
// Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/client.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gameday::load {

struct RoleQuestion {
    PageSpec page;
    bool tells_role = false;                // a role probe; otherwise only up or down
    std::vector<std::string> role_path;     // of the text that tells the role
    std::string primary;                    // that text on a primary, or …
    std::vector<std::string> primary_path;  // … where the answer holds the text to compare with
    std::vector<std::string> term_path, lag_path;  // empty: not told
};

// The parameters of probes of these kinds.
extern const std::span<const ParamSpec> role_probe_params, http_probe_params;

// `invalid` with all wrong parameters, one "<field>: message" a line; those of the page are for the
// driver to check.
Result<RoleQuestion> read_role_question(const ProbeSpec& probe);

struct RoleAnswer {
    Role role = Role::unknown;
    std::uint64_t term = 0;
    std::optional<Duration> lag;  // as the node itself says, which is in milliseconds
    bool operator==(const RoleAnswer&) const = default;
};

// No answer: down. For a role probe, an answer that is not good or not understood: unknown. For the
// others: a good one is unknown (it is up, and no more is known), all else down.
RoleAnswer read_role_answer(const RoleQuestion& question, const Page& page);

}  // namespace gameday::load
