#include "reporters/html/lanes.hpp"

#include "reporters/common/words.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::reporters {

namespace {

constexpr double gap = 6;
constexpr double column = 6.6;

bool drawable(const TimelineMark& mark, const Scale& time) {
    return std::isfinite(mark.from) && std::isfinite(mark.to) && mark.to >= mark.from &&
           mark.to >= time.low && mark.from <= time.high;
}

// Inside the span when it fits there, else behind it, else before it, else from the left edge.
void place_label(PlacedMark& placed, const Scale& time) {
    const double wide = label_width(placed.label);
    if (placed.mark.kind == MarkKind::fault && placed.right - placed.left >= wide + 2 * gap) {
        placed.label_at = placed.left + gap;
    } else if (placed.right + gap + wide <= time.to) {
        placed.label_at = placed.right + gap;
    } else if (placed.left - gap - wide >= time.from) {
        placed.label_at = placed.left - gap - wide;
    } else {
        placed.label_at = std::max(time.from, time.to - wide);
    }
}

}  // namespace

double label_width(const std::string& label) { return column * static_cast<double>(width(label)); }

Lanes lanes_of(const std::vector<TimelineMark>& marks, const Scale& time, std::size_t lanes_max) {
    std::vector<TimelineMark> sorted;
    std::copy_if(marks.begin(), marks.end(), std::back_inserter(sorted),
                 [&](const TimelineMark& mark) { return drawable(mark, time); });
    std::ranges::stable_sort(sorted, [](const TimelineMark& a, const TimelineMark& b) {
        const bool fault_a = a.kind == MarkKind::fault;
        const bool fault_b = b.kind == MarkKind::fault;
        return fault_a != fault_b ? fault_a : a.from < b.from;
    });
    Lanes lanes;
    std::vector<std::vector<std::pair<double, double>>> taken(lanes_max);
    const auto columns = static_cast<std::size_t>((time.to - time.from) / column * 0.6);
    for (auto& mark : sorted) {
        PlacedMark placed;
        placed.left = time.at(mark.from);
        placed.right = time.at(mark.to);
        placed.label = shorten(clean(mark.label), columns);
        placed.mark = std::move(mark);
        place_label(placed, time);
        const double left = std::min(placed.left, placed.label_at) - gap;
        const double right =
            std::max(placed.right, placed.label_at + label_width(placed.label)) + gap;
        const auto lane = std::ranges::find_if(taken, [&](const auto& spans) {
            return std::ranges::none_of(
                spans, [&](const auto& span) { return span.first < right && left < span.second; });
        });
        if (lane == taken.end()) {
            ++lanes.omitted;
            continue;
        }
        lane->emplace_back(left, right);
        placed.lane = static_cast<std::size_t>(lane - taken.begin());
        lanes.count = std::max(lanes.count, placed.lane + 1);
        lanes.marks.push_back(std::move(placed));
    }
    return lanes;
}

}  // namespace gameday::reporters
