#include "harness/app/saved_evidence.hpp"

#include "harness/run/gather.hpp"
#include "harness/store/evidence_file.hpp"
#include "harness/store/evidence_stream.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace gameday::app {

namespace fs = std::filesystem;

Result<Evidence> saved_evidence(const std::string& run_dir) {
    const auto folder = run_dir + "/" + std::string(store::evidence_folder);
    std::error_code ignored;  // what cannot be looked at is not there
    const bool is_whole = fs::exists(fs::path(folder) / store::sums_name, ignored);
    if (is_whole) return store::read_evidence(folder);
    if (!store::has_stream(folder)) {
        return invalid(
            "{}: no evidence is there; it is no run directory, or the run was killed "
            "before it had seen anything",
            run_dir);
    }
    auto evidence = store::read_stream(folder);
    if (!evidence) return evidence;
    // What a run does with its operations when it ends.
    const bool was_steady = evidence->active.low > Instant{};
    run::mark_phases(evidence->operations, was_steady ? &evidence->steady : nullptr);
    auto suspended = std::move(evidence->instrument.suspended);
    evidence->instrument = run::instrument_health(evidence->operations);
    evidence->instrument.suspended = std::move(suspended);
    return evidence;
}

}  // namespace gameday::app
