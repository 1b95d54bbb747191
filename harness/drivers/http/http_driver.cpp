#include "harness/drivers/http/http_client.hpp"
#include "harness/drivers/http/status.hpp"
#include "harness/drivers/http/status_client.hpp"
#include "harness/ports/status.hpp"

#include <memory>
#include <utility>

namespace gameday::drivers {
namespace {

const Endpoint any_endpoint{"localhost", 80};

Result<void> check(const Params& params, const Topology& topology) {
    auto templates = compile_templates(params, topology, any_endpoint);
    if (!templates) return std::move(templates).error();
    return {};
}

Result<void> check_status(const StatusQuestion& question) {
    auto compiled = compile_status(question, any_endpoint.text());
    if (!compiled) return std::move(compiled).error();
    return {};
}

Result<std::unique_ptr<Client>> open(const ClientContext& context, const Params& params) {
    auto templates = compile_templates(params, context.topology, context.endpoint);
    if (!templates) return std::move(templates).error();
    // Who goes around the hops wants this very node.
    const bool follows =
        context.region.known() && (templates->read.follow || templates->write.follow);
    auto remotes = resolve_remotes(context, templates->access, follows);
    if (!remotes) return std::move(remotes).error();
    return std::unique_ptr<Client>(
        std::make_unique<HttpClient>(context, std::move(*templates), std::move(*remotes)));
}

// A question says all that there is to say about its request, but for how the load is let in.
Result<std::unique_ptr<StatusClient>> open_status(const StatusContext& context,
                                                  const Params& params) {
    ParamReader reader(params, http_params);
    return open_http_status(context, read_access(reader));
}

}  // namespace

extern const DriverKind http{
    "http",
    "any HTTP/1.1 API, described by request templates and places in answers",
    http_params,
    check,
    open,
    http_health_params,
    http_role_params,
    check_status,
    open_status,
    "value"};

}  // namespace gameday::drivers
