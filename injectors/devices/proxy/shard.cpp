#include "injectors/devices/proxy/shard.hpp"

#include <fmt/format.h>

#include <string>

namespace gameday::devices::proxy {

Result<net::ip::tcp::endpoint> resolve(const Endpoint& endpoint) {
    boost::system::error_code error;
    const auto address = net::ip::make_address(endpoint.address, error);
    if (!error) return net::ip::tcp::endpoint(address, endpoint.port);
    net::io_context context{1};
    net::ip::tcp::resolver resolver(context);
    const auto found = resolver.resolve(endpoint.address, std::to_string(endpoint.port), error);
    if (error || found.empty()) {
        return Error{ErrorCode::refused, fmt::format("cannot resolve \"{}\": {}", endpoint.address,
                                                     error ? error.message() : "no address")};
    }
    return found.begin()->endpoint();
}

}  // namespace gameday::devices::proxy
