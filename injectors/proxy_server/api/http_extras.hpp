// The key "http" of a proxy's member "gameday": its HTTP faults. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"
#include "injectors/proxy_server/api/go_json.hpp"
#include "injectors/proxy_server/names.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gameday::proxy_server {

inline constexpr std::size_t http_faults_most = 64;

// A list of faults in place of those so far; null is none. Fails with `invalid`, the fault's number
// and what to write instead.
Result<std::vector<http::Fault>> read_http_faults(const GoJson& value);
std::string http_faults_json(const std::vector<http::Fault>& faults);  // "" for none

// Several mistakes, which stand on a line each, in one.
std::string in_one_line(std::string message);

// The same tree without Go's own types; a number that is not whole becomes a real one.
Value plain_value(const GoJson& json);

}  // namespace gameday::proxy_server
