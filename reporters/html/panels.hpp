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
std::string serving_panel(const Timeline& timeline, const Panel& panel);

}  // namespace gameday::reporters
