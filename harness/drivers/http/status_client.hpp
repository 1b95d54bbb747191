// The StatusClient of the http driver, and of drivers on top of it: each question on a connection
// of its own.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/access.hpp"
#include "harness/drivers/http/status.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <memory>
#include <string_view>

namespace gameday::drivers {

// What makes a page of a question, whose host is the second argument.
using CompileStatus = Result<StatusPage> (*)(const StatusQuestion&, std::string_view,
                                             const HttpAccess&);

// `access` lets questions in that bring none of their own. Fails as resolve_remote does.
Result<std::unique_ptr<StatusClient>> open_http_status(const StatusContext& context,
                                                       HttpAccess access,
                                                       CompileStatus compile = &compile_status);

}  // namespace gameday::drivers
