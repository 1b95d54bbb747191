#include "injectors/proxy_server/lines/proxy_line.hpp"

#include "harness/base/random.hpp"
#include "injectors/proxy_server/api/address.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::proxy_server {
std::function<void(const std::string&)> unreachable_line(const LineMeans& means,
                                                         const std::string& name) {
    if (!means.say) return {};
    return [say = means.say, name](const std::string& why) {
        say(fmt::format("proxy {}: the upstream cannot be reached: {}", name, why));
    };
}

Endpoint target_of(const std::string& upstream) {
    if (unix_path(upstream)) return Endpoint{upstream, 0};
    const auto read = read_address(upstream);
    return read ? *read : Endpoint{};
}

std::uint64_t draws_of(std::uint64_t seed, const std::string& proxy, const Toxic& toxic) {
    return Random(seed, fmt::format("toxic/{}/{}", proxy, toxic.name)).next();
}

Result<ListenAddress> listen_address(std::string_view network, const std::string& listen) {
    auto at = read_address(listen);
    if (!at) return std::move(at.error()).within(fmt::format("listen {}", network));
    const auto found = devices::proxy::resolve(plain(*at));
    if (!found) {
        return refused("listen {}: lookup {}: no such host", network, at->address);
    }
    const std::string address = found->address().to_string();
    return ListenAddress{address, found->port(),
                         at->address.empty() ? fmt::format(":{}", at->port)
                                             : Endpoint{address, found->port()}.text()};
}

Error cannot_bind(std::string_view network, const ListenAddress& at,
                  const boost::system::error_code& error) {
    return refused("listen {} {}: bind: {}", network, at.text, words_of(error));
}

}  // namespace gameday::proxy_server
