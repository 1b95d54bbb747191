// The query of a request: what stands behind the "?" of its target. Pure.
#pragma once

#include "harness/base/result.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gameday::proxy_server {

// The text with its %XX decoded; nothing when one of them is broken.
std::optional<std::string> percent_decoded(std::string_view text);

// "/x?proxy=a%20b&open=true" -> {"open": "true", "proxy": "a b"}. Fails with `invalid` on a name
// that is not one of `known`, one given twice, and one without a value; the message says which
// there are.
Result<std::map<std::string, std::string>> read_query(std::string_view target,
                                                      std::span<const std::string_view> known);

}  // namespace gameday::proxy_server
