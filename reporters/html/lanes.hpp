// Where the marks of a chart go: each with its label in the first lane that has room for both.
#pragma once

#include "harness/model/report.hpp"
#include "reporters/html/scales.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gameday::reporters {

struct PlacedMark {
    TimelineMark mark;
    std::string label;  // shortened to what fits
    double left = 0;    // of the span, in the drawing
    double right = 0;
    double label_at = 0;  // left end of the label
    std::size_t lane = 0;
};

struct Lanes {
    std::vector<PlacedMark> marks;
    std::size_t count = 0;    // lanes in use
    std::size_t omitted = 0;  // marks that found no lane
};

// Faults first, then the rest by time. Marks with times that are not finite or that lie outside the
// scale are left out.
Lanes lanes_of(const std::vector<TimelineMark>& marks, const Scale& time, std::size_t lanes_max);

// Width of a label in the drawing, estimated at 6.6 units a column.
double label_width(const std::string& label);

}  // namespace gameday::reporters
