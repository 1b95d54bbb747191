// The panels of the timeline picture, each a function from bins to SVG elements.
#pragma once

#include "harness/model/report.hpp"
#include "reporters/html/scales.hpp"

#include <string>
#include <vector>

namespace gameday::reporters {

// A panel lies between `top` and `bottom`; its title stands above `top`.
struct Panel {
    Scale time;  // to x
    double top = 0, bottom = 0;
    std::string name;  // prefix of ids: patterns are looked up under it
};

std::string throughput_panel(const std::vector<TimelineBin>& bins, const Panel& panel);
std::string success_panel(const std::vector<TimelineBin>& bins, double minimum, const Panel& panel);
std::string latency_panel(const std::vector<TimelineBin>& bins, const Panel& panel);
// Shares of the regions, one above the other.
std::string serving_panel(const Timeline& timeline, const Panel& panel);
// A lane for each node, as high as the busiest slice of any; nodes beyond those that fit are
// counted in words.
std::string serving_lanes(const Timeline& timeline, const Panel& panel);
double serving_lanes_height(const Timeline& timeline);

}  // namespace gameday::reporters
