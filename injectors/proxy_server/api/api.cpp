#include "injectors/proxy_server/api/api.hpp"

#include "injectors/proxy_server/api/calls.hpp"
#include "injectors/proxy_server/api/query.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace gameday::proxy_server {
namespace {

struct Route {
    std::string_view method, path;  // "*" stands for the name of a proxy, "+" for that of a toxic
    Response (*call)(Call&);
};

constexpr std::array routes{
    Route{"GET", "/proxies", list_proxies},
    Route{"POST", "/proxies", create_proxy},
    Route{"GET", "/proxies/*", show_proxy},
    Route{"PATCH", "/proxies/*", update_proxy},
    Route{"POST", "/proxies/*", update_proxy},
    Route{"DELETE", "/proxies/*", delete_proxy},
    Route{"GET", "/proxies/*/toxics", list_toxics},
    Route{"POST", "/proxies/*/toxics", create_toxic},
    Route{"GET", "/proxies/*/toxics/+", show_toxic},
    Route{"PATCH", "/proxies/*/toxics/+", update_toxic},
    Route{"POST", "/proxies/*/toxics/+", update_toxic},
    Route{"DELETE", "/proxies/*/toxics/+", delete_toxic},
    Route{"POST", "/populate", populate},
    Route{"POST", "/reset", reset},
    Route{"POST", "/gameday/change", change_many},
    Route{"GET", "/gameday/connections", list_connections},
    Route{"GET", "/gameday/counters", show_counters},
    Route{"GET", "/gameday/leases", list_leases},
    Route{"POST", "/gameday/leases/*/renew", renew_lease},
    Route{"DELETE", "/gameday/leases/*", end_lease},
    Route{"GET", "/version", show_version},
    Route{"GET", "/metrics", show_metrics},
};

// Takes one segment, up to the next slash, off the front.
std::string_view take_segment(std::string_view& path) {
    const auto end = path.find('/');
    const auto segment = path.substr(0, end);
    path.remove_prefix(end == path.npos ? path.size() : end + 1);
    return segment;
}

// Whether the path is that of the route; if so, names of proxy and toxic are put into the call. Its
// segments are decoded one by one: a "/" of a name is no end of a segment.
bool fits(const Route& route, std::string_view path, Call& call) {
    std::string_view wanted = route.path;
    std::string proxy;
    std::string toxic;
    if (path.empty() || path.ends_with('/')) return false;
    while (!wanted.empty() && !path.empty()) {
        const auto segment = percent_decoded(take_segment(path)).value_or("");
        const auto pattern = take_segment(wanted);
        if (pattern == "*" && !segment.empty()) {
            proxy = segment;
        } else if (pattern == "+" && !segment.empty()) {
            toxic = segment;
        } else if (segment != pattern) {
            return false;
        }
    }
    if (!wanted.empty() || !path.empty()) return false;
    call.proxy = std::move(proxy);
    call.toxic = std::move(toxic);
    return true;
}

Response plain_response(int status, const std::string& text) {
    return {
        status, "text/plain; charset=utf-8", text + "\n", {{"X-Content-Type-Options", "nosniff"}}};
}

// Takes as long for a wrong first byte as for a wrong last one.
bool same_secret(std::string_view one, std::string_view other) {
    unsigned differences = one.size() == other.size() ? 0 : 1;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const char mirror = other.empty() ? '\0' : other[i % other.size()];
        differences |= static_cast<unsigned>(one[i] ^ mirror);
    }
    return differences == 0;
}

bool is_allowed(const Request& request, const std::string& token) {
    constexpr std::string_view scheme = "Bearer ";
    if (token.empty()) return true;
    const std::string_view authorization = request.authorization;
    const bool bearer = authorization.starts_with(scheme) &&
                        same_secret(authorization.substr(scheme.size()), token);
    return bearer || same_secret(request.gameday_token, token);
}

Response route(const Request& request, ProxyTable& book, DataPlane& plane,
               const ApiSettings& settings) {
    const std::string_view target = request.target;
    const auto path = target.substr(0, target.find('?'));
    if (!percent_decoded(path)) return plain_response(400, "400 Bad Request");
    Call call{request, {}, {}, book, plane, settings};
    std::string allowed;
    for (const Route& each : routes) {
        if (each.path == "/metrics" && !settings.metrics) continue;
        if (!fits(each, path, call)) continue;
        if (each.method == request.method) return each.call(call);
        allowed += (allowed.empty() ? "" : ", ") + std::string(each.method);
    }
    if (allowed.empty()) return plain_response(404, "404 page not found");
    return {405, {}, {}, {{"Allow", allowed}}};
}

Response answer(const Request& request, ProxyTable& book, DataPlane& plane,
                const ApiSettings& settings) {
    if (request.user_agent.starts_with("Mozilla/")) {
        return plain_response(403, "User agent not allowed");
    }
    if (!is_allowed(request, settings.token)) {
        auto response =
            error_response(401,
                           "token required: send the header \"Authorization: Bearer TOKEN\" or "
                           "\"X-Gameday-Token: TOKEN\"");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    return route(request, book, plane, settings);
}

}  // namespace

Response handle(const Request& request, ProxyTable& book, DataPlane& plane,
                const ApiSettings& settings) {
    auto response = answer(request, book, plane, settings);
    response.headers.emplace_back("X-Toxiproxy-Request-Id", request.id);
    return response;
}

Response error_response(int status, const std::string& message) {
    return plain_response(status,
                          fmt::format(R"({{"error":{},"status":{}}})", text_json(message), status));
}

Response no_such_proxy() { return error_response(404, "proxy not found"); }

Response bad_body(const Error& error) {
    return error_response(400, "bad request body: " + error.message);
}

Response json_response(int status, std::string body) {
    return {status, "application/json", std::move(body), {}};
}

Response show_version(Call& call) {
    Response response{200,
                      "application/json;charset=utf-8",
                      fmt::format("{{\"version\": {}}}\n", text_json(call.settings.version)),
                      {}};
    if (const std::string& ours = call.settings.gameday_version; !ours.empty()) {
        response.headers.emplace_back("X-Gameday-Version", ours);
    }
    return response;
}

}  // namespace gameday::proxy_server
