// ParamReader: reads the parameters of a fault, driver or route, and refuses what nobody asked for.
//
// Kinds publish a table of ParamSpec (what `gameday list` prints); the reader takes types and
// defaults from the same table, so the documentation cannot drift from the behaviour.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

enum class ParamType : std::uint8_t {
    text,
    duration,  // "200ms"
    share,     // 0 to 1
    count,     // whole number, not negative
    number,    // any number
    rate,      // bytes per second: "20Mbit", "64KiB" (per second)
    flag,      // true or false
    name,      // name of a region or node of the system
    names,     // list of names, or one name
    groups,    // list of lists of names
    choice,    // one of the texts in `choices`
    strings,   // list of texts (an argv), or one text run by the shell
    object,    // free form, read by its owner
    numbers,   // object of numbers, by name
};

std::string_view param_type_name(ParamType type);

struct ParamSpec {
    std::string_view name;
    ParamType type = ParamType::text;
    std::string_view fallback;  // text of the default; "" = none, see `required`
    std::string_view meaning;   // one line, no full stop
    bool required = false;
    std::string_view choices = {};  // for choice: "blackhole|reset|crash"
};

// Reads bytes per second: "20Mbit", "1.5Gbit", "64KiB", "10MB"; bits are powers of 1000.
Result<std::int64_t> parse_rate(std::string_view text);

// The name in `known` nearest to `word` by edit distance, "" when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// `"us-eats" is no region of the system, did you mean "us-east"?`, or with the list of those known.
std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string> known);
std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string_view> known);

// Reads the fields of one object. Every getter of an absent field gives the spec's default. Errors
// collect; finish() returns them all, each led by the field's name, one per line.
class ParamReader {
 public:
    ParamReader(const Params& params, std::span<const ParamSpec> specs);

    [[nodiscard]] bool has(std::string_view name) const;
    std::string text(std::string_view name);  // text, name and choice
    Duration duration(std::string_view name);
    double share(std::string_view name);
    double number(std::string_view name);
    std::int64_t count(std::string_view name);
    std::int64_t rate(std::string_view name);
    bool flag(std::string_view name);
    std::vector<std::string> names(std::string_view name);  // names and strings
    std::vector<std::vector<std::string>> groups(std::string_view name);
    const Params* object(std::string_view name);  // null when absent
    std::map<std::string, double> numbers(std::string_view name);

    void fail(std::string_view name, std::string message);  // the caller's own check of a field
    // The errors, sorted by field, each "<field>: message"; empty when all is well. Checks required
    // and unknown fields (with the nearest known one) as well.
    [[nodiscard]] std::vector<Error> errors() const;
    [[nodiscard]] Result<void> finish() const;  // the same joined by newlines in one Error

 private:
    const ParamSpec& spec(std::string_view name) const;
    const Value* find(std::string_view name) const;
    std::string text_or_default(std::string_view name);

    const Params& params_;
    std::span<const ParamSpec> specs_;
    std::map<std::string, std::string> errors_;
};

}  // namespace gameday
