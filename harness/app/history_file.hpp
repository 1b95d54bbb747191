// A history: evidence as text, written by hand or printed by `gameday show`, with the scenario by
// which it is judged. harness/store/TEXT.md has the grammar.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::app {

struct LoadedHistory {
    Scenario scenario;
    Evidence evidence;
    std::string scenario_text;        // section [scenario] as it stands
    std::vector<std::string> wanted;  // lines of section [wanted]
};

struct HistoryResult {
    std::optional<LoadedHistory> loaded;  // present when there are no errors
    std::vector<Error> errors;
};

// `name`: of the file, for messages; the scenario is called after it unless it has a name. What
// [scenario] leaves out is taken from the evidence: the system from [nodes] and [links], the faults
// from [faults], a load for each that [clients] or [streams] name (http, 100 a second, a timeout of
// 1 s), the duration from `active`.
HistoryResult load_history(std::string_view text, const std::string& name, const Catalog& catalog);

// The text of a file, or of standard input for "-".
Result<std::string> input_text(const std::string& path);

}  // namespace gameday::app
