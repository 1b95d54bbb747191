#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include "harness/base/ensure.hpp"
#include "injectors/devices/proxy/net/socket_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::proxy_server {

// Each is defined in the file of that name.
#define TOXIC(name) extern const ToxicType name##_toxic;
#include "injectors/proxy_server/toxics/toxics.inc"
#undef TOXIC

namespace {

bool goes_with(const ToxicType& type, Protocol protocol) {
    return protocol == Protocol::udp ? type.datagrams != nullptr : type.connections != nullptr;
}

}  // namespace

std::span<const ToxicType* const> toxic_types() {
#define TOXIC(name) &name##_toxic,
    static constexpr std::array types{
#include "injectors/proxy_server/toxics/toxics.inc"
    };
#undef TOXIC
    return types;
}

Result<void> check_millionths(const Toxic& toxic, const std::string& attribute) {
    constexpr std::int64_t million = 1'000'000;
    const std::int64_t value = toxic.attributes.at(attribute);
    if (value >= 0 && value <= million) return {};
    return invalid("{} is {}, want parts per million: 0 to {}", attribute, value, million);
}

std::string attribute_names(const ToxicType& type) {
    return type.attributes.empty() ? "no attributes"
                                   : fmt::format("{}", fmt::join(type.attributes, ", "));
}

const ToxicType* find_toxic_type(std::string_view name) {
    const auto found = std::ranges::find(toxic_types(), name, &ToxicType::name);
    return found == toxic_types().end() ? nullptr : *found;
}

const ToxicType& type_of(const Toxic& toxic) {
    const ToxicType* type = find_toxic_type(toxic.type);
    GAMEDAY_ENSURE(type != nullptr);
    return *type;
}

Result<void> check_type(const Toxic& toxic, Protocol protocol) {
    if (goes_with(type_of(toxic), protocol)) return {};
    std::string types;
    for (const ToxicType* type : toxic_types()) {
        if (!goes_with(*type, protocol)) continue;
        types += fmt::format("{}{}", types.empty() ? "" : ", ", type->name);
    }
    return invalid("a {} proxy has no {} toxic; it has {}",
                   protocol == Protocol::udp ? "udp" : "tcp", toxic.type, types);
}

Result<void> check_types(const std::vector<Toxic>& toxics, Protocol protocol) {
    for (const Toxic& toxic : toxics) {
        if (auto fits = check_type(toxic, protocol); !fits) return fits;
    }
    return {};
}

Result<void> check_toxic(const Toxic& toxic, Protocol protocol, const Result<void>& filters) {
    const ToxicType& type = type_of(toxic);
    if (type.check != nullptr) {
        if (auto good = type.check(toxic); !good) return good;
    }
    if (type.meets_syns && toxic.toxicity != 1) {
        return invalid(
            "toxicity is {}, want 1: {} meets connections before there is one to draw for",
            toxic.toxicity, toxic.type);
    }
    if (filters || protocol == Protocol::udp || type.filters != Filters::needed) return {};
    return unsupported("{} is not possible here: {}", toxic.type, filters.error().message);
}

std::string remark_on(const Toxic& toxic, const Result<void>& filters) {
    if (filters || type_of(toxic).filters != Filters::wanted) return {};
    return devices::proxy::remark_without_filters(filters.error());
}

Rule rule_of(const DrawnToxic& drawn) {
    const auto& [toxic, seed] = drawn;
    Rule rule;
    rule.direction = toxic.stream == Stream::upstream ? Direction::to : Direction::from;
    rule.share = std::clamp(toxic.toxicity, 0.0, 1.0);
    rule.draw = seed;
    if (const ToxicType& type = type_of(toxic); type.connections != nullptr) {
        type.connections(toxic, rule);
    }
    return rule;
}

udp::DatagramRule datagram_rule(const std::vector<DrawnToxic>& toxics, Direction way,
                                std::uint64_t session) {
    udp::DatagramRule rule;
    for (const DrawnToxic& drawn : toxics) {
        const Rule met = rule_of(drawn);
        if (!devices::proxy::meets({FaultId{}, met}, session) || !covers(met.direction, way))
            continue;
        if (const ToxicType& type = type_of(drawn.toxic); type.datagrams != nullptr) {
            type.datagrams(drawn, rule);
        }
    }
    return rule;
}

}  // namespace gameday::proxy_server
