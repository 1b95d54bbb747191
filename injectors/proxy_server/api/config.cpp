#include "injectors/proxy_server/api/config.hpp"

#include "harness/json/json.hpp"
#include "injectors/proxy_server/api/api.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::proxy_server {

Result<ProxyTable> open_config(std::string text, DataPlane& plane) {
    ProxyTable book;
    Request request;
    request.method = "POST";
    request.target = "/populate";
    request.body = std::move(text);
    const auto response = handle(request, book, plane, {});
    if (response.status == 201) return book;
    const auto answer = json::parse(response.body);
    const auto* members = answer ? answer->as<Params>() : nullptr;
    return Error{response.status < 500 ? ErrorCode::invalid : ErrorCode::refused,
                 fmt::format("{}; want a list of proxies, such as {}",
                             members == nullptr ? response.body : text_at(*members, "error"),
                             config_example)};
}

}  // namespace gameday::proxy_server
