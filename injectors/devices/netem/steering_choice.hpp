// Which of the two ways of steering this machine lets us use, found out by doing all that a fault
// does in a namespace that nobody is in.
#pragma once

#include "harness/base/result.hpp"

#include <string>

namespace gameday::devices::netem {

struct SteeringChoice {
    bool by_filters = false;
    std::string why;  // the table could not be; "" when it is by the table
    bool operator==(const SteeringChoice&) const = default;
};

// The table if it can be, else filters. Fails with what is missing and how to get it.
Result<SteeringChoice> choose_steering();

// Whether one of the two works; fails with what the kernel said, or how to get what it lacks.
Result<void> try_table();
Result<void> try_filters();

// One line for plans and reports: why it is by filters, and what that means; "" for the table.
std::string remark_on(const SteeringChoice& choice);

}  // namespace gameday::devices::netem
