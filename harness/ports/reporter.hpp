// ReporterKind: a pure function from a Report to text, and the file name it goes to.
#pragma once

#include "harness/model/report.hpp"

#include <string>
#include <string_view>

namespace gameday {

struct ReporterKind {
    std::string_view name, meaning;
    std::string_view file;  // in the run directory: "report.html", "junit.xml"
    std::string (*render)(const Report&);
    bool always = false;            // written also where the scenario wants others
    std::string_view printed_as{};  // what the file is called at the end of a run; "": not at all
};

}  // namespace gameday
