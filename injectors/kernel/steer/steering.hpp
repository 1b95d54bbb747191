// From flows to the rules that match them. Pure.
#pragma once

#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/nft/nft.hpp"

#include <string>
#include <vector>

namespace gameday::kernel {

// The set that keeps a fault in force: while it holds the packet's ether type. Its elements end by
// themselves after the lease, unless refreshed (lease_elements). ARP is never in it.
nft::Set lease_set(const std::string& name, Duration lease);
std::vector<nft::Element> lease_elements(Duration lease);

// The rules (one for each address family) for packets of the flow while the lease lasts, ending in
// `then`. The sets they need are added to the table, named `<prefix>_…`.
std::vector<nft::Rule> rules_of(const Flow& flow, const std::string& lease,
                                const std::string& prefix, const nft::Rule& then,
                                nft::Table& table);

// The rules that let pass what no flow of that side touches: neighbour discovery, ssh, spared
// addresses. They come first in a base chain. Sets are added to the table, named `<prefix>_…`.
std::vector<nft::Rule> untouched(const std::vector<Flow>& flows, Side side,
                                 const std::string& prefix, nft::Table& table);

// Prefixes as the elements of an interval set: sorted, contained and adjacent ones merged.
std::vector<nft::Element> interval_elements(std::vector<Prefix> prefixes);

}  // namespace gameday::kernel
