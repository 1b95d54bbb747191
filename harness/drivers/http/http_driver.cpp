#include "harness/drivers/http/http_client.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include <utility>

namespace gameday::drivers {
namespace {

using boost::asio::ip::tcp;

Result<void> check(const Params& params, const Topology& topology) {
    auto templates = compile_templates(params, topology, Endpoint{"localhost", 80});
    if (!templates) return std::move(templates).error();
    return {};
}

Result<tcp::endpoint> resolve(boost::asio::io_context& io, const Endpoint& endpoint) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(endpoint.address, error);
    if (!error) return tcp::endpoint(address, endpoint.port);
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(endpoint.address, std::to_string(endpoint.port), error);
    if (error || found.empty()) {
        return Error{ErrorCode::failed, fmt::format("{}: the name cannot be resolved: {}",
                                                    endpoint.text(), error.message())};
    }
    return found.begin()->endpoint();
}

Result<std::unique_ptr<Client>> open(const ClientContext& context, const Params& params) {
    auto templates = compile_templates(params, context.topology, context.endpoint);
    if (!templates) return std::move(templates).error();
    auto remote = resolve(context.io, context.endpoint);
    if (!remote) return std::move(remote).error();
    return std::unique_ptr<Client>(
        std::make_unique<HttpClient>(context, std::move(*templates), *remote));
}

}  // namespace

extern const DriverKind http{
    "http", "any HTTP/1.1 API, described by request templates and places in answers", http_params,
    check, open};

}  // namespace gameday::drivers
