// Terms of rules as the expressions of nf_tables that stand for them. Pure.
#pragma once

#include "injectors/kernel/nft/nft.hpp"

namespace gameday::kernel {
class Attributes;
}

namespace gameday::kernel::nft {

// Adds the expressions of a term to a list of them.
void encode(const Term& term, Attributes& rule);

}  // namespace gameday::kernel::nft
