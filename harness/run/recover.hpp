// Recovery: keeps the promises that a run left behind when it died.
#pragma once

#include "harness/ports/journal.hpp"
#include "harness/run/devices.hpp"

#include <string>
#include <vector>

namespace gameday::run {

// What became of one promise.
struct Recovered {
    Promise promise;
    std::string error;  // "" when it is kept now
    bool operator==(const Recovered&) const = default;
};

// Performs the heal actions of all outstanding promises, newest first, each one whatever became of
// those before, and marks those as kept that went well. Safe to repeat, also after dying half-way.
// Fails only when the journal cannot be read.
Result<std::vector<Recovered>> recover(Journal& journal, Devices& devices);

}  // namespace gameday::run
