#include "injectors/proxy_server/toxics/toxic_rule.hpp"

#include <algorithm>
#include <limits>

namespace gameday::devices::proxy::toxiproxy {

namespace {

std::int64_t attribute(const Toxic& toxic, const char* name) {
    const auto found = toxic.attributes.find(name);
    return found == toxic.attributes.end() ? 0 : std::max<std::int64_t>(found->second, 0);
}

// At most a hundred years: no sum of instants overflows.
Duration duration(std::int64_t count, Duration unit) {
    constexpr Duration most = std::chrono::hours(24 * 36525);
    return count > most / unit ? most : count * unit;
}

// gameday's own. Those without a direction meet both streams.
void add_own(const Toxic& toxic, Rule& rule) {
    if (toxic.type == "packet_loss")
        rule.loss = static_cast<double>(attribute(toxic, "loss")) / 1e6;
    if (toxic.type == "blackhole") rule.cut = Cut::blackhole;
    if (toxic.type == "refuse") rule.cut = Cut::refuse;
    if (toxic.type == "hang") rule.cut = Cut::hold;
    if (toxic.type == "never_accept") rule.cut = Cut::blackhole;
    if (toxic.type == "reset_storm") {
        rule.cut = Cut::reset;
        rule.storm = {attribute(toxic, "count"), attribute(toxic, "rate")};
        rule.scope = Scope::established;
    }
    if (toxic.type == "hang" || toxic.type == "never_accept") rule.scope = Scope::fresh;
    if (rule.cut != Cut::none && toxic.type != "blackhole") rule.direction = Direction::both;
}

Duration milliseconds(const Toxic& toxic, const char* name) {
    return duration(attribute(toxic, name), std::chrono::milliseconds(1));
}

}  // namespace

Rule rule_of(const Toxic& toxic, std::uint64_t draw) {
    Rule rule;
    rule.direction = toxic.stream == Stream::upstream ? Direction::to : Direction::from;
    rule.share = std::clamp(toxic.toxicity, 0.0, 1.0);
    rule.draw = draw;
    if (toxic.type == "latency") {
        rule.delay = milliseconds(toxic, "latency");
        rule.jitter = milliseconds(toxic, "jitter");
    } else if (toxic.type == "bandwidth") {
        constexpr std::int64_t kilobyte = 1000;
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / kilobyte;
        rule.own_rate = std::min(attribute(toxic, "rate"), most) * kilobyte;
        rule.stall = rule.own_rate == 0;
    } else if (toxic.type == "slow_close") {
        rule.end_delay = milliseconds(toxic, "delay");
    } else if (toxic.type == "timeout") {
        rule.discard = true;
        const auto after = milliseconds(toxic, "timeout");
        if (after > Duration{}) rule.close_after = after;
    } else if (toxic.type == "reset_peer") {
        rule.reset_after = milliseconds(toxic, "timeout");
    } else if (toxic.type == "slicer") {
        rule.slice = attribute(toxic, "average_size");
        rule.variation = attribute(toxic, "size_variation");
        rule.gap = duration(attribute(toxic, "delay"), std::chrono::microseconds(1));
    } else if (toxic.type == "limit_data") {
        rule.limit = attribute(toxic, "bytes");
    }
    add_own(toxic, rule);
    return rule;
}

}  // namespace gameday::devices::proxy::toxiproxy
