#include "injectors/devices/proxy/net/stream_address.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace gameday::devices::proxy {

namespace net = boost::asio;

std::optional<std::string> unix_path(std::string_view text) {
    constexpr std::string_view scheme = "unix:";
    if (!text.starts_with(scheme)) return std::nullopt;
    return std::string(text.substr(scheme.size()));
}

std::size_t unix_path_max() { return sizeof(sockaddr_un::sun_path) - 1; }

StreamAddress unix_address(const std::string& path) {
    return net::local::stream_protocol::endpoint(path);
}

std::optional<StreamAddress> address_of(const Endpoint& endpoint) {
    if (const auto path = unix_path(endpoint.address)) {
        if (path->size() > unix_path_max()) return std::nullopt;
        return unix_address(*path);
    }
    boost::system::error_code error;
    const auto address = net::ip::make_address(endpoint.address, error);
    if (error) return std::nullopt;
    return StreamAddress(net::ip::tcp::endpoint(address, endpoint.port));
}

std::string text_of(const StreamAddress& address) {
    if (address.protocol().family() == AF_UNIX) {
        const auto* place = reinterpret_cast<const sockaddr_un*>(address.data());
        const auto size = address.size() - offsetof(sockaddr_un, sun_path);
        return "unix:" + std::string(place->sun_path, ::strnlen(place->sun_path, size));
    }
    net::ip::tcp::endpoint tcp;
    std::memcpy(tcp.data(), address.data(), std::min(address.size(), tcp.capacity()));
    return Endpoint{tcp.address().to_string(), tcp.port()}.text();
}

}  // namespace gameday::devices::proxy
