#include "injectors/devices/proxy/rules/rules.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::devices::proxy {
namespace {

constexpr Duration catch_up = std::chrono::milliseconds(200);

std::int64_t smaller(std::int64_t one, std::int64_t other, std::int64_t none) {
    if (one == none || other == none) return one == none ? other : one;
    return std::min(one, other);
}

// What a black hole has read already waits for the healing, as all does in a hold.
bool holds_bytes(Cut cut) { return cut == Cut::blackhole || cut == Cut::hold; }

// Adds what a toxic asks for; whether it touches chunks at all.
bool apply_toxic(const Rule& it, FlowRule& flow) {
    flow.own_rate = smaller(flow.own_rate, it.own_rate, 0);
    flow.limit = smaller(flow.limit, it.limit, -1);
    flow.discard = flow.discard || it.discard;
    flow.hold = flow.hold || it.stall;
    if (it.reset_after && (!flow.reset_after || *it.reset_after < *flow.reset_after)) {
        flow.reset_after = it.reset_after;
    }
    if (it.slice > 0 && (flow.slice == 0 || it.slice < flow.slice)) {
        flow.slice = it.slice;
        flow.variation = it.variation;
        flow.gap = it.gap;
    }
    return it.own_rate > 0 || it.limit >= 0 || it.discard || it.stall || it.slice > 0 ||
           it.reset_after;
}

}  // namespace

bool touches(const FaultRule& rule, std::uint64_t connection) {
    return rule.rule.cut != Cut::refuse && !rule.rule.tls && meets(rule, connection);
}

bool meets(const FaultRule& rule, std::uint64_t connection) {
    if (rule.rule.share < 1) {
        const auto drawn = mix64(rule.rule.draw ^ mix64(connection + 1));
        if (static_cast<double>(drawn >> 11) * 0x1p-53 >= rule.rule.share) return false;
    }
    // A storm that has chosen meets no other connection that was there.
    if (!rule.strikes.empty() && connection < rule.first_fresh) {
        return rule.strikes.contains(connection);
    }
    switch (rule.rule.scope) {
        case Scope::all: return true;
        case Scope::fresh: return connection >= rule.first_fresh;
        case Scope::established: return connection < rule.first_fresh;
    }
    return true;
}

bool covers(Direction rule, Direction way) { return rule == Direction::both || rule == way; }

FlowRule compose(const LinkRules& rules, Direction way, std::uint64_t connection) {
    FlowRule flow;
    FaultId slowest;
    for (const auto& fault : rules) {
        const Rule& rule = fault.rule;
        if (!meets(fault, connection) || !covers(rule.direction, way)) continue;
        bool bites = apply_toxic(rule, flow);
        if (rule.delay > Duration{} || rule.jitter > Duration{}) {
            flow.delays.push_back({rule.delay, rule.jitter});
            bites = true;
        }
        if (rule.end_delay > Duration{}) {
            flow.end_delay += rule.end_delay;
            bites = true;
        }
        if (holds_bytes(rule.cut)) {
            flow.hold = true;
            bites = true;
        }
        if (bites) flow.by.push_back(fault.id);
        if (rule.rate > 0 && (flow.rate == 0 || rule.rate < flow.rate)) {
            flow.rate = rule.rate;
            slowest = fault.id;
        }
    }
    if (flow.rate > 0 && !std::ranges::binary_search(flow.by, slowest)) {
        flow.by.insert(std::ranges::lower_bound(flow.by, slowest), slowest);
    }
    return flow;
}

std::optional<Ending> ending(const LinkRules& rules, std::uint64_t connection, Instant accepted) {
    std::optional<Ending> first;
    for (const auto& fault : rules) {
        if (!meets(fault, connection)) continue;
        if (const auto strike = fault.strikes.find(connection); strike != fault.strikes.end()) {
            const Ending each{fault.since + strike->second, true, {fault.id}};
            if (!first || each.at < first->at) first = each;
        }
        if (!fault.rule.close_after) continue;
        const Instant from = std::max(accepted, fault.since);
        const auto late = compose(rules, fault.rule.direction, connection).end_delay;
        const Ending each{from + *fault.rule.close_after + late, false, {fault.id}};
        if (!first || each.at < first->at) first = each;
    }
    return first;
}

std::optional<TlsFault> tls_fault(const LinkRules& rules, std::uint64_t connection) {
    for (const auto& fault : rules) {
        if (fault.rule.tls && meets(fault, connection)) return TlsFault{*fault.rule.tls, fault.id};
    }
    return std::nullopt;
}

http::ArmedFaults http_faults(const LinkRules& rules, std::uint64_t connection) {
    http::ArmedFaults faults;
    for (const auto& fault : rules) {
        if (fault.http != nullptr && meets(fault, connection)) faults.push_back(fault.http);
    }
    return faults;
}

Admission admit(const LinkRules& rules, std::uint64_t connection) {
    // A refusing listener is closed; a connection that slipped in just before is reset.
    Admission resets{Admission::Answer::reset, Direction::both, {}};
    Admission holds{Admission::Answer::hold, Direction::both, {}};
    bool first = true;
    for (const auto& fault : rules) {
        if (!meets(fault, connection)) continue;
        const bool refuse = fault.rule.cut == Cut::refuse;
        if (refuse || fault.rule.cut == Cut::reset) {
            const Direction direction = refuse ? Direction::both : fault.rule.direction;
            resets.direction = first || resets.direction == direction ? direction : Direction::both;
            first = false;
            resets.by.push_back(fault.id);
        }
        // A handshake needs both directions, so a black hole in either holds it.
        if (holds_bytes(fault.rule.cut)) holds.by.push_back(fault.id);
    }
    if (!resets.by.empty()) return resets;
    if (!holds.by.empty()) return holds;
    return {};
}

bool holds(const LinkRules& rules, std::uint64_t connection) {
    return std::ranges::any_of(rules, [connection](const FaultRule& fault) {
        return holds_bytes(fault.rule.cut) && meets(fault, connection);
    });
}

bool refuses(const LinkRules& rules) {
    return std::ranges::any_of(
        rules, [](const FaultRule& fault) { return fault.rule.cut == Cut::refuse; });
}

std::vector<FaultId> half_closes(const LinkRules& rules, Direction way, std::uint64_t connection) {
    std::vector<FaultId> by;
    for (const auto& fault : rules) {
        if (fault.rule.cut == Cut::half_close && meets(fault, connection) &&
            covers(fault.rule.direction, way)) {
            by.push_back(fault.id);
        }
    }
    return by;
}

Instant stamp(const FlowRule& rule, Instant now, Instant previous,
              const std::function<double()>& draw) {
    Duration total{};
    for (const auto& part : rule.delays) {
        Duration one = part.delay;
        if (part.jitter > Duration{}) {
            const double width = 2.0 * static_cast<double>(part.jitter.count());
            one += Duration(static_cast<std::int64_t>(draw() * width)) - part.jitter;
        }
        total += std::max(one, Duration{});
    }
    return std::max(previous, now + total);
}

Decision decide(const FlowRule& rule, const Chunk& chunk, Instant now, const Free& free) {
    if (rule.hold) return {true, {}, 0};
    if (chunk.bytes == 0) return {false, chunk.due, 0};
    std::size_t bytes = chunk.bytes;
    if (rule.rate > 0) bytes = std::min(bytes, slice_bytes(rule.rate));
    if (rule.own_rate > 0) bytes = std::min(bytes, slice_bytes(rule.own_rate));
    Instant at = chunk.due;
    const auto carry = [&](std::int64_t rate, Instant free_at) {
        if (rate == 0) return;
        const Instant begin = std::max({chunk.due, free_at, now - catch_up});
        at = std::max(at, begin + carrying_time(bytes, rate));
    };
    carry(rule.rate, free.link);
    carry(rule.own_rate, free.own);
    return {false, at, bytes};
}

std::size_t piece(const FlowRule& rule, std::size_t left, const std::function<double()>& draw) {
    if (rule.slice == 0) return left;
    auto bytes = rule.slice;
    if (rule.variation > 0) {
        const double width = 2.0 * static_cast<double>(rule.variation);
        bytes += static_cast<std::int64_t>(draw() * width) - rule.variation;
    }
    return std::min(left, static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1)));
}

// 5 ms worth of bytes, but not so few that the timers cost more than the bytes, nor more than 50
// ms.
std::size_t slice_bytes(std::int64_t rate) {
    const std::int64_t least = std::min<std::int64_t>(256, std::max<std::int64_t>(1, rate / 20));
    return static_cast<std::size_t>(std::clamp<std::int64_t>(rate / 200, least, 64 * 1024));
}

Duration carrying_time(std::size_t bytes, std::int64_t rate) {
    return Duration(static_cast<std::int64_t>(bytes) * 1'000'000'000 / rate);
}

std::size_t queue_limit(const FlowRule& rule) {
    if (!rule.delays.empty()) return 8 * 1024 * 1024;
    return rule.plain() ? 1 : 256 * 1024;
}

}  // namespace gameday::devices::proxy
