// bandwidth: each connection or session has so many bytes a second (rate: 1000 of them); 0 is none.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <algorithm>
#include <limits>

namespace gameday::proxy_server {
namespace {

std::int64_t bytes_per_s(const Toxic& toxic) {
    constexpr std::int64_t kilobyte = 1000;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / kilobyte;
    return std::min(toxic.count("rate"), most) * kilobyte;
}

}  // namespace

extern const ToxicType bandwidth_toxic{
    .name = "bandwidth",
    .attributes = {"rate"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            rule.own_rate = bytes_per_s(toxic);
            rule.stall = rule.own_rate == 0;
        },
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            const std::int64_t rate = bytes_per_s(drawn.toxic);
            if (rate == 0) rule.stall = true;
            if (rate > 0) rule.rate = rule.rate == 0 ? rate : std::min(rule.rate, rate);
        },
};

}  // namespace gameday::proxy_server
