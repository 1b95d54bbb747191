// Headline: the whole run in one sentence for people.
#pragma once

#include "harness/model/verdict.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/view/view.hpp"

#include <string>
#include <vector>

namespace gameday::judge {

// "us-east died for 10 s: writes down 1.52–1.61 s, reads never; 0 acknowledged writes lost; no two
// regions wrote at once; no flapping". Parts that were not measured are left out.
// The words are those of the kinds of faults and of the metrics (MetricTraits).
std::string headline(const view::View& view, const std::vector<Measurement>& measurements,
                     const Catalog& catalog);

// What a fault is aimed at: regions by name where all their nodes are meant, else nodes.
std::string place_words(const std::vector<NodeId>& nodes, const Topology& topology);

}  // namespace gameday::judge
