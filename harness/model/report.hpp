// Report: the one value that all reporters render. The judge makes it from scenario and evidence.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/verdict.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// One slice of the timeline picture. Latencies in seconds; NaN where nothing completed.
struct TimelineBin {
    double at = 0;  // start, seconds since time zero (end of the steady window)
    double width = 0;
    std::uint32_t due = 0;  // operations scheduled here
    std::uint32_t ok_reads = 0, ok_writes = 0, bad_reads = 0, bad_writes = 0;  // by schedule
    double p50 = 0, p99 = 0;                                                   // of good operations
    std::vector<std::uint32_t> served;  // good operations by server, as in Timeline::servers
};

enum class MarkKind : std::uint8_t {
    fault,
    recovery,
    recovery_point,
    detection,
    switchover,
    split_brain,
};

// As result.json and the page call it: "fault", "rto", "rpo", "detect", "switch", "split_brain".
std::string_view name_of(MarkKind kind);

// A line or a span in the picture: seconds since time zero.
struct TimelineMark {
    MarkKind kind = MarkKind::fault;
    std::string label;
    double from = 0, to = 0;  // equal: an instant
};

// Who serves: the regions; in a run of one region the nodes of it that served or were aimed at.
struct Timeline {
    std::vector<std::string> servers;
    bool by_node = false;
    std::vector<TimelineBin> bins;
    std::vector<TimelineMark> marks;
};

// A figure that an operator asks for first.
struct KeyMetric {
    std::string name;
    Comparison comparison = Comparison::at_most;
    // Between regions only: in one region a figure of none says nothing.
    bool across_regions = false;
};

// What people read of a measure.
struct MeasureWords {
    std::string name, title, meaning;
};

struct Report {
    Scenario scenario;
    Verdict verdict = Verdict::inconclusive;
    std::string headline;                   // one sentence: what died, how long, what was lost
    std::vector<std::string> reasons;       // why the verdict is not "passed", most severe first
    std::vector<Finding> findings;          // one per target, in the order of the file
    std::vector<Measurement> measurements;  // everything measured, targeted or not
    std::vector<MeasureWords> measures;     // of the catalogue
    std::vector<KeyMetric> key_metrics;     // of the catalogue, the first question first
    std::vector<FaultWindow> faults;
    std::vector<ConnectionCount> connections;
    std::vector<CauseCount> causes;       // why operations were not good
    std::vector<std::string> warnings;    // resolution, lateness, unverifiable writes …
    std::vector<std::string> not_tested;  // what this run says nothing about
    Timeline timeline;
    Interval<Instant> steady{}, active{};
    InstrumentHealth instrument;
    std::array<std::uint64_t, 3> outcomes{};  // ok, failed, unknown; without final reads
    std::string run_id;                       // name of the run directory
    std::string started_at, program_version;
    std::string scenario_sha256, evidence_sha256;
};

}  // namespace gameday
