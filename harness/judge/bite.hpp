// Bite: whether a fault proved that it was in force. No proof: inconclusive, never passed.
#pragma once

#include "harness/view/view.hpp"

#include <string>
#include <vector>

namespace gameday::judge {

// By the device's counter when it has one (`affected` ≥ 0). Else by a signature in the evidence
// between injection and heal that was not there before: a span that begins, more bad operations of
// a stream than before (at 1 % of a one-sided test of two shares), or a node whose role or health
// changed.
bool bit(const FaultWindow& window, const view::View& view);

// What is wrong with the proof of each fault step, in order: no pulse of it bit, or it never came
// to be.
std::vector<std::string> without_bite(const view::View& view);

// Of those that bit: that the device saw some of their pulses touch nothing. It is no proof against
// them, for what they would have touched may be down already.
std::vector<std::string> pulses_without_bite(const view::View& view);

}  // namespace gameday::judge
