// What a toxic of gameday's own must be like. Toxiproxy's own are taken as they come, as Toxiproxy
// takes them. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <string>

namespace gameday::devices::proxy::toxiproxy {

// `filters` is whether packets may be filtered here, or why not. Fails with `invalid` and what to
// write, with `unsupported` when the toxic is nothing without filters.
Result<void> check_toxic(const Toxic& toxic, const Result<void>& filters);

// What the toxic does less than it promises for want of filters; "" when nothing.
std::string remark_on(const Toxic& toxic, const Result<void>& filters);

}  // namespace gameday::devices::proxy::toxiproxy
