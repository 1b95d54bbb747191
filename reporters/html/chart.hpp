// The timeline picture as inline SVG: faults and marks on top, then throughput, success, latency
// and the serving region over one axis of time.
#pragma once

#include "harness/model/report.hpp"

#include <string>

namespace gameday::reporters {

struct ChartLook {
    double width = 1000;        // of the drawing, in its own units (12-unit letters)
    std::string name = "wide";  // CSS class, and the prefix of ids, so that two fit on one page
};

// Whether there is anything to draw: a bin with finite times and a width.
bool can_draw(const Timeline& timeline);

// One <svg> element with title, description and legend. Bins and marks whose times are not finite
// are left out, labels too long are cut, and marks beyond the lanes that fit are counted in words.
std::string chart(const Timeline& timeline, const MinimumLevel& minimum, const ChartLook& look);

}  // namespace gameday::reporters
