// From a firewall rule to a table of nf_tables. Pure.
#pragma once

#include "injectors/devices/firewall/actions.hpp"
#include "injectors/kernel/nft/nft.hpp"

#include <string>
#include <vector>

namespace gameday::devices::firewall {

// The table that does what the rule says on these interfaces: a chain for each interface and side
// that the flows need. "Everything" leaves the loopback interface alone. Fails with `unsupported`
// where nf_tables cannot: an answer (reset, reject) to packets that leave.
Result<kernel::nft::Table> table_of(const Rule& rule, const std::string& name,
                                    const std::vector<std::string>& interfaces);

}  // namespace gameday::devices::firewall
