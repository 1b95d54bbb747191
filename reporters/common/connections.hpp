// What became of connections through the proxy, in words: rows for each link, and what each fault
// did. As in facts.hpp, strings are as they came.
#pragma once

#include "harness/model/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

struct LinkRow {
    std::string link;
    std::string connections;  // "1204"
    std::string to, from;     // bytes: "12.3 kB"
    std::string ended;        // "1180 closed by the client, 24 reset by a fault"
    std::string faults;       // "cut 24, slow 3"; "none"
};
// In order of links; none when the proxy carried no connection.
std::vector<LinkRow> link_rows(const Report& report);

// "24 connections met it: 20 reset by a fault, 4 open at the end"; "" when none did. A connection
// that several faults met is told with each of them.
std::string met_text(const Report& report, FaultId fault);

// "reset by a fault" of "rst_by_fault"; a word that is not known is returned as it is.
std::string_view end_words(std::string_view ended);

// The name of the step, "fault 7" when the report has none of that id.
std::string fault_name(const Report& report, FaultId fault);

}  // namespace gameday::reporters
