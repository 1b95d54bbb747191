// Small typed numbers that name things: a NodeId is not a RegionId. They index the vectors of the
// Topology; `none` is "not known" or "nobody".
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace gameday {

template <class Tag, class Rep>
struct Id {
    using rep = Rep;
    static constexpr Rep none_value = static_cast<Rep>(-1);
    Rep value = none_value;

    constexpr Id() = default;
    constexpr explicit Id(Rep number) : value(number) {}
    static constexpr Id of(auto number) { return Id(static_cast<Rep>(number)); }
    [[nodiscard]] constexpr bool known() const { return value != none_value; }
    [[nodiscard]] constexpr std::size_t index() const { return value; }
    constexpr auto operator<=>(const Id&) const = default;
};

using NodeId = Id<struct NodeTag, std::uint16_t>;
using RegionId = Id<struct RegionTag, std::uint16_t>;
using LinkId = Id<struct LinkTag, std::uint32_t>;
using ClientId = Id<struct ClientTag, std::uint32_t>;
using FaultId = Id<struct FaultTag, std::uint32_t>;

}  // namespace gameday
