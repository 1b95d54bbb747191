// What one filter asks of a packet: all of a few fields. Flows are sums of such matches, and what
// two flows have in common is a sum of matches again. Pure.
#pragma once

#include "injectors/devices/common/kernel/flow.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gameday::devices::netem {

struct Match {
    bool v6 = false;
    std::optional<kernel::Prefix> source, destination;  // of the family; absent: any
    // IPv4: the protocol; IPv6: the next header, or that of a fragment.
    std::optional<std::uint8_t> protocol;
    // Need a protocol. A fragment other than the first has none of these.
    std::optional<std::uint16_t> source_port, destination_port;
    std::optional<std::uint8_t> icmp_type;
    bool has_options = false;  // IPv4: the header is longer than 20 bytes
    bool operator==(const Match&) const = default;
};

// The packets of one family that are of the flow.
std::vector<Match> matches_of(const kernel::Flow& flow, bool v6);
// The packets that are of both; nothing when there is none.
std::optional<Match> common(const Match& one, const Match& other);
// Whether each packet of `narrow` is of `wide`.
bool covers(const Match& wide, const Match& narrow);

// Packets that are of one of each; none in it is covered by another. Nothing when they are more
// than `most`.
std::optional<std::vector<Match>> common(const std::vector<Match>& some,
                                         const std::vector<Match>& others, std::size_t most);
// Without those that another one covers.
std::vector<Match> without_covered(std::vector<Match> matches);

}  // namespace gameday::devices::netem
