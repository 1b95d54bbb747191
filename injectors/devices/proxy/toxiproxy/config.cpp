#include "injectors/devices/proxy/toxiproxy/config.hpp"

#include "harness/json/json.hpp"
#include "injectors/devices/proxy/toxiproxy/api.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::proxy::toxiproxy {

Result<Book> open_config(std::string text, Plane& plane) {
    Book book;
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

}  // namespace gameday::devices::proxy::toxiproxy
