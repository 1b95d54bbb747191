#include "injectors/proxy_server/toxics/toxic.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::proxy_server {

std::string_view stream_name(Stream stream) {
    return stream == Stream::upstream ? "upstream" : "downstream";
}

std::int64_t Toxic::count(const char* attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? 0 : std::max<std::int64_t>(found->second, 0);
}

Duration Toxic::time(const char* attribute, Duration unit) const {
    constexpr Duration most = std::chrono::hours(24 * 36525);
    const std::int64_t units = count(attribute);
    return units > most / unit ? most : units * unit;
}

}  // namespace gameday::proxy_server
