#include "harness/drivers/http/http_client.hpp"

#include <utility>

namespace gameday::drivers {
namespace {

const Endpoint any_endpoint{"localhost", 80};

Result<void> check(const Params& params, const Topology& topology) {
    auto templates = compile_templates(params, topology, any_endpoint);
    if (!templates) return std::move(templates).error();
    return {};
}

Result<void> check_page(const PageSpec& page) {
    auto compiled = compile_page(page, any_endpoint.text(), true);
    if (!compiled) return std::move(compiled).error();
    return {};
}

Result<std::unique_ptr<Client>> open(const ClientContext& context, const Params& params) {
    auto templates = compile_templates(params, context.topology, context.endpoint);
    if (!templates) return std::move(templates).error();
    const bool follows = templates->read.follow || templates->write.follow;
    auto remotes = resolve_remotes(context, follows);
    if (!remotes) return std::move(remotes).error();
    return std::unique_ptr<Client>(
        std::make_unique<HttpClient>(context, std::move(*templates), std::move(*remotes)));
}

}  // namespace

extern const DriverKind http{
    "http",      "any HTTP/1.1 API, described by request templates and places in answers",
    http_params, check,
    check_page,  open,
    "value"};

}  // namespace gameday::drivers
