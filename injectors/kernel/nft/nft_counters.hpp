// What the counters of a table have counted. Pure.
#pragma once

#include "injectors/kernel/nft/nft.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::kernel::nft {

// A request for all rules of a table, to be sent with Netlink::dump.
Bytes dump_rules(Family family, std::string_view table, std::uint32_t sequence);

struct Counted {
    std::string chain;
    std::uint64_t packets = 0;
    bool operator==(const Counted&) const = default;
};
// The counter of one answer to that request; none when the rule is of another table or has none.
std::optional<Counted> counted(const Bytes& answer, std::string_view table);

// How many of the answers are rules of the table.
std::size_t rules_of_table(const std::vector<Bytes>& answers, std::string_view table);

}  // namespace gameday::kernel::nft
