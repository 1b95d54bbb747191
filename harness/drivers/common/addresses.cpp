#include "harness/drivers/common/addresses.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace gameday::drivers {

using boost::asio::ip::tcp;

Result<std::vector<tcp::endpoint>> resolve(const Endpoint& endpoint) {
    std::vector<tcp::endpoint> addresses;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(endpoint.address, error);
    if (!error) {
        addresses.emplace_back(address, endpoint.port);
        return addresses;
    }
    boost::asio::io_context io{1};
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(endpoint.address, std::to_string(endpoint.port), error);
    if (error || found.empty()) {
        return failed("{}: the name cannot be resolved: {}", endpoint.text(), error.message());
    }
    for (const auto& each : found) {
        // A name may stand twice in /etc/hosts.
        if (std::ranges::find(addresses, each.endpoint()) == addresses.end()) {
            addresses.push_back(each.endpoint());
        }
    }
    return addresses;
}

void add_addresses(ServerNames& servers, const Topology& topology) {
    for (const auto& node : topology.nodes) {
        const auto addresses = resolve(node.endpoint);
        if (!addresses) continue;
        for (const auto& each : *addresses) {
            servers.add(Endpoint{each.address().to_string(), each.port()}.text(), node.id);
        }
    }
}

Cause cause_of(const boost::system::error_code& error) {
    namespace asio = boost::asio;
    if (!error) return Cause::none;
    if (error == asio::error::connection_refused) return Cause::refused;
    if (error == asio::error::timed_out) return Cause::timed_out;
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
        error == asio::error::network_down || error == boost::system::errc::address_not_available) {
        return Cause::unreachable;
    }
    if (error == asio::error::no_descriptors ||
        error == boost::system::errc::too_many_files_open_in_system ||
        error == asio::error::no_buffer_space) {
        return Cause::shed;  // our own machine ran out, nobody else said anything
    }
    return Cause::reset;
}

}  // namespace gameday::drivers
