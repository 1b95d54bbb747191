#include "injectors/proxy_server/api/upstream_check.hpp"

#include "injectors/proxy_server/api/address.hpp"
#include "injectors/proxy_server/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace gameday::proxy_server {
namespace {

struct Scheme {
    std::string_view name;
    int port;
};
constexpr std::array<Scheme, 10> schemes{{{"http", 80},
                                          {"ws", 80},
                                          {"https", 443},
                                          {"wss", 443},
                                          {"redis", 6379},
                                          {"postgres", 5432},
                                          {"postgresql", 5432},
                                          {"mysql", 3306},
                                          {"mongodb", 27017},
                                          {"amqp", 5672}}};

Error wrong(std::string_view upstream, const std::string& why) {
    return invalid("upstream {} {}", upstream, why);
}

// The "host:port" that a URL means; "" when it says no port and its scheme has none that is known.
std::string place_in(std::string_view url) {
    const auto end = url.find("://");
    const std::string_view scheme = url.substr(0, end);
    std::string_view place = url.substr(end + 3);
    place = place.substr(0, place.find_first_of("/?#"));
    if (const auto user = place.rfind('@'); user != place.npos) place.remove_prefix(user + 1);
    if (const auto read = read_address(place); read && read->port != 0) return std::string(place);
    const auto known = std::ranges::find(schemes, scheme, &Scheme::name);
    if (place.empty() || known == schemes.end()) return {};
    std::string with_port = fmt::format("{}:{}", place, known->port);
    return read_address(with_port) ? with_port : std::string();
}

}  // namespace

Result<void> check_upstream(std::string_view upstream) {
    if (const auto path = unix_path(upstream)) {
        if (!path->starts_with('/')) {
            return wrong(
                upstream,
                "has no path from the root: write unix: and one, such as unix:/run/db.sock");
        }
        if (path->size() <= unix_path_max()) return {};
        return wrong(upstream, fmt::format("has a path of {} bytes, the system allows {}",
                                           path->size(), unix_path_max()));
    }
    if (upstream.find("://") != upstream.npos) {
        const auto place = place_in(upstream);
        return wrong(upstream, "is a URL: write " +
                                   (place.empty() ? "host:port, such as localhost:5432" : place));
    }
    const auto read = read_address(upstream);
    if (read && read->port != 0) return {};
    return wrong(upstream,
                 fmt::format("cannot be dialled ({}): write host:port, such as localhost:5432",
                             read ? "it has no port" : read.error().message));
}

}  // namespace gameday::proxy_server
