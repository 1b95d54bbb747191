// The other end of the API: one call to a running server, for the command line.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace gameday::proxy_server {

// Where the server is, and the token that it wants ("" = none).
struct ApiPlace {
    std::string url = "http://localhost:8474";  // without a port: 80
    std::string token;
    Duration patience = std::chrono::seconds(30);
};

struct ApiCall {
    std::string method, path, body;  // the path's names are encoded: encode_segment
};

struct ApiAnswer {
    int status = 0;
    std::string body;
};

// Blocks until the answer is there. Fails with `invalid` when the URL is none (https included),
// `refused` when nobody answers there, `timed_out` when it takes longer than the patience.
Result<ApiAnswer> call_api(const ApiPlace& place, const ApiCall& call);

// The name as one segment of a path: "a b/c" -> "a%20b%2Fc".
std::string encode_segment(std::string_view name);

}  // namespace gameday::proxy_server
