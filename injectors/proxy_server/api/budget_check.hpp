// A group of proxies has one budget, and so one rate. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <vector>

namespace gameday::proxy_server {

// Whether every group would have one rate if these proxies were in the book, in place of those of
// their names. Fails with `invalid`, and says how a rate is changed.
Result<void> check_budgets(const std::vector<Proxy>& wanted, const ProxyTable& book);

}  // namespace gameday::proxy_server
