// What a history wants to be judged: the lines of its section "wanted", checked against a report.
//
// clang-format off
//     verdict failed                       the verdict
//     exit 1                               the exit code; 64: the history is refused as it stands
//     error TEXT                           one of the errors then holds these words
//     rto of outage missed 13.9..14.1      metric, fault, grade, and where the value lies
//     lost_acked inconclusive 0 290..310   its low end and its high end
//     rto inconclusive 7.9..8.1 open       its high end is open
//     flaps inconclusive absent            it could not be measured
//     behind - 60                          whatever its grade, target or none
//     figure rto detect 3.9..4.3           a figure of a measurement
//     reason TEXT, no reason TEXT          one of the reasons holds these words; none does
//     told TEXT                            one of the reasons, warnings or remarks does
// clang-format on
#pragma once

#include "harness/app/history_file.hpp"
#include "harness/model/report.hpp"

#include <optional>
#include <string>

namespace gameday::test {

struct Judged {
    std::optional<Report> report;  // absent: refused as it stands
    std::vector<Error> errors;
};

// "" when the line holds, else what was seen instead. A line that says nothing does not hold.
std::string against(const std::string& line, const Judged& judged);

}  // namespace gameday::test
