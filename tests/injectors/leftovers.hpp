// What could have been left behind in a network namespace, asked of the kernel without starting a
// program.
#pragma once

#include <string>

namespace gameday::test {

// The tables of nf_tables, whoever made them, the interfaces of kind ifb and the qdiscs of gameday
// on a host ("pid:N"), one after the other; "" when there are none.
std::string leftovers_at(const std::string& host);

}  // namespace gameday::test
