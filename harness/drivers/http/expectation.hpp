// Expectation: what a scenario calls a good answer, beyond its status. Pure.
#pragma once

#include "harness/drivers/http/location.hpp"
#include "harness/model/params.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// An answer as it arrived. `headers`: by index of `names`, "" when it has none of that name.
struct Answer {
    unsigned status = 0;
    std::string_view body;
    std::span<const std::string> headers;
    std::span<const std::string> names{};
};

// What stands at a place of an answer.
Found look_up(const Location& location, const Answer& answer);

struct Condition {
    enum class Kind : std::uint8_t { present, absent, equals, matches, contains };
    Kind kind = Kind::present;
    Location location;
    std::string wanted;  // of equals, matches and contains
};

struct Expectation {
    std::vector<unsigned> statuses;  // none: the status is not asked about
    std::vector<Condition> conditions;
};

// Reads it; `complain` hears of each wrong member, as "equals: …".
Expectation read_expectation(const Params& expect,
                             const std::function<void(const std::string&)>& complain);

// The names of headers that it asks about, put behind those in `names`.
void add_header_names(const Expectation& expectation, std::vector<std::string>& names);

// Which condition the answer does not meet, "/errors is there"; "" when it meets all.
std::string missed(const Expectation& expectation, const Answer& answer);

// Whether the answer meets all, for those who need no words.
bool meets(const Expectation& expectation, const Answer& answer);

// Statuses in a list, as a scenario writes them; nothing when one is none.
std::optional<std::vector<unsigned>> read_statuses(const Value& value);

}  // namespace gameday::drivers
