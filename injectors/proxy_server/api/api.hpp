// Toxiproxy's HTTP API as a function: a request, the book of proxies and the plane that carries
// their bytes in, the answer out. Every status, header and error text is Toxiproxy's (2.12), so
// that its clients work unchanged. One thread.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/proxy_server/api/data_plane.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <string>
#include <utility>
#include <vector>

namespace gameday::proxy_server {

struct Request {
    std::string method;         // "GET"
    std::string target;         // as it stands in the request line: path, perhaps a query
    std::string user_agent;     // "" when there is none; so are the next two
    std::string authorization;  // "Bearer TOKEN"
    std::string gameday_token;  // header X-Gameday-Token
    std::string body;
    std::string id;  // comes back as X-Toxiproxy-Request-Id
    Instant now{};   // of the clock that leases are measured by
};

struct Response {
    int status = 200;
    std::string content_type;  // "" when there is no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // beyond type and length
    bool operator==(const Response&) const = default;
};

struct ApiSettings {
    std::string version;  // what GET /version says
    bool metrics = false;
    std::string token;              // "" = none is asked for
    std::string gameday_version{};  // X-Gameday-Version of GET /version; "" = no such header
};

// A call that fails has changed nothing, with three exceptions, as in Toxiproxy: an update whose
// new address cannot be opened leaves the proxy disabled, populate stops at the first proxy that
// cannot be opened, and reset does all it can.
Response handle(const Request& request, ProxyTable& book, DataPlane& plane,
                const ApiSettings& settings);

// An error of the API's own shape, for what goes wrong before a request can be handled.
Response error_response(int status, const std::string& message);

}  // namespace gameday::proxy_server
