// Scales of a chart: from seconds and figures to places in the drawing, and where ticks go.
#pragma once

#include <string>
#include <vector>

namespace gameday::reporters {

// Maps [low, high] onto [from, to]; what lies outside lands on the nearer end. high > low.
struct Scale {
    double low = 0, high = 1, from = 0, to = 1;
    [[nodiscard]] double at(double value) const;
};

// A step of 1, 2 or 5 times a power of ten that cuts `span` into at most `ticks` parts.
double nice_step(double span, double ticks);

// The multiples of the step in [low, high], 200 at most.
std::vector<double> ticks_of(double low, double high, double step);

// A coordinate with one decimal: "12.5", never exponents.
std::string place(double value);

}  // namespace gameday::reporters
