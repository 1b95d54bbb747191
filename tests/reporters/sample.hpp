// Sample reports for the reporter tests: a failed, a passed and an inconclusive run, and one whose
// every text and number is hostile. Figures are invented but hang together.
#pragma once

#include "harness/model/report.hpp"

namespace gameday::test {

// us-east dies for 8 s; writes are back too late and three acknowledged ones are lost.
Report failed_report();
// The same run of a sound system.
Report passed_report();
// The fault never bit.
Report inconclusive_report();
// One region of three servers, at half the declared times; an implied target is missed.
Report site_report();
// Markup, quotes, control bytes, broken UTF-8, very long names, 20 regions, NaN and infinities.
Report hostile_report();

}  // namespace gameday::test
