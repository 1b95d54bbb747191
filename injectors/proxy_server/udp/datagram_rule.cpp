#include "injectors/proxy_server/udp/datagram_rule.hpp"

#include "harness/base/random.hpp"

#include <algorithm>

namespace gameday::proxy_server::udp {
namespace {

// Uniform in [0, 1).
double draw(std::uint64_t seed, const DatagramId& datagram) {
    const auto mixed = mix64(mix64(seed ^ mix64(datagram.stream)) + datagram.number);
    return static_cast<double>(mixed >> 11) * 0x1p-53;
}

bool is_drawn(const Share& share, const DatagramId& datagram) {
    return draw(share.seed, datagram) * 1e6 < static_cast<double>(share.ppm);
}

}  // namespace

Fate fate(const DatagramRule& rule, const DatagramId& datagram) {
    const auto is_hit = [&](const Share& share) { return is_drawn(share, datagram); };
    if (std::ranges::any_of(rule.lost, is_hit)) return {0, {}, 0};
    Fate fate;
    fate.copies += static_cast<int>(std::ranges::count_if(rule.twice, is_hit));
    for (const auto& [delay, jitter, seed] : rule.late) {
        const double spread = 2 * draw(seed, datagram) - 1;
        const double varied = spread * static_cast<double>(jitter.count());
        fate.delay += std::max(delay + Duration(static_cast<std::int64_t>(varied)), Duration{});
    }
    for (const auto& [share, gap] : rule.overtaken) {
        if (is_hit(share)) fate.gap = std::max(fate.gap, gap);
    }
    return fate;
}

Instant leaves_at(const DatagramRule& rule, Instant due, Instant free_at, std::size_t bytes) {
    if (rule.rate == 0) return due;
    const double seconds = static_cast<double>(bytes) / static_cast<double>(rule.rate);
    return std::max(due, free_at) + Duration(static_cast<std::int64_t>(seconds * 1e9));
}

std::size_t waiting_max(const DatagramRule& rule) {
    return rule.late.empty() ? 1024 * 1024 : 8 * 1024 * 1024;
}

}  // namespace gameday::proxy_server::udp
