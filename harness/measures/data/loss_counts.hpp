// Loss counts: how many acknowledged writes of a whole run are lost or behind, by the final reads.
#pragma once

#include "harness/measures/data/losses.hpp"
#include "harness/model/verdict.hpp"

namespace gameday::measures {

// The metric lost_acked; over all regions with the classes of the ledger as figures.
Measurement measure_lost(const view::View& view, std::optional<RegionId> region);

// The metric behind. Open upwards by the writes for whose key some node never answered.
Measurement measure_behind(const view::View& view, std::optional<RegionId> region);

// Adds how many writes were acknowledged, and which share of them was lost.
void add_share(Measurement& measurement, const view::View& view, const Losses& losses,
               std::optional<RegionId> region);

}  // namespace gameday::measures
