#include "injectors/proxy_server/toxics/toxic.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::devices::proxy::toxiproxy {

std::string_view stream_name(Stream stream) {
    return stream == Stream::upstream ? "upstream" : "downstream";
}

std::int64_t attribute(const Toxic& toxic, const char* name) {
    const auto found = toxic.attributes.find(name);
    return found == toxic.attributes.end() ? 0 : std::max<std::int64_t>(found->second, 0);
}

Duration time_attribute(const Toxic& toxic, const char* name, Duration unit) {
    constexpr Duration most = std::chrono::hours(24 * 36525);
    const std::int64_t count = attribute(toxic, name);
    return count > most / unit ? most : count * unit;
}

}  // namespace gameday::devices::proxy::toxiproxy
