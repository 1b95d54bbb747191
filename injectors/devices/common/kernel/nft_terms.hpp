// Terms of rules as the expressions of nf_tables that stand for them. Pure.
#pragma once

#include "injectors/devices/common/kernel/nft.hpp"

namespace gameday::devices::kernel {
class Attributes;
}

namespace gameday::devices::kernel::nft {

// Adds the expressions of a term to a list of them.
void encode(const Term& term, Attributes& rule);

}  // namespace gameday::devices::kernel::nft
