// The fixed words of reports: verdicts, grades, titles and definitions of measures.
#include "reporters/common/facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gameday::reporters {

namespace {

struct Title {
    std::string_view name, title, definition;
};

constexpr std::array<Title, 10> measures{{
    {"rto", "Recovery time (RTO)",
     "From the fault in force to the start of the first window in which the minimum level holds."},
    {"rpo", "Recovery point (RPO)",
     "How long before the fault the last moment lies up to which every acknowledged write is "
     "readable after recovery; 0 when nothing is lost. Writes whose outcome is unknown are counted "
     "neither as lost nor as kept."},
    {"split_brain", "Split-brain writes",
     "Acknowledged writes by two regions inside one ownership scope where neither had seen the "
     "other's."},
    {"flapping", "Flapping",
     "Changes of the serving region beyond those that the scenario expects, and changes that come "
     "sooner than the declared cooldown."},
    {"outage_time", "Outage time",
     "Total length of the spans below the minimum level, per operation class and client region."},
    {"failback", "Failback", "The recovery time counted from the removal of the fault."},
    {"replication_lag", "Replication lag",
     "Age of the newest write of the source that the replica can read, sampled from outside."},
    {"catch_up", "Catch-up",
     "From the removal of the fault until the replicas that fell behind are as near to their "
     "source "
     "as before."},
    {"availability", "Availability", "Good operations as a share of the operations that were due."},
    {"latency", "Latency",
     "Completed minus scheduled of good operations, so that a stalled system can not hide."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> metrics{{
    {"rto", "RTO"},
    {"rto_read", "RTO, reads"},
    {"rto_write", "RTO, writes"},
    {"rpo", "RPO"},
    {"lost_acked", "acknowledged writes lost"},
    {"split_brain_writes", "split-brain writes"},
    {"flaps", "flaps"},
    {"outage_time", "outage time"},
    {"outage_time_read", "outage time, reads"},
    {"outage_time_write", "outage time, writes"},
    {"failback_rto", "failback RTO"},
    {"failback_lost", "writes lost in failback"},
}};

const Title* find_title(std::string_view measure) {
    const auto found = std::find_if(measures.begin(), measures.end(),
                                    [&](const Title& each) { return each.name == measure; });
    return found == measures.end() ? nullptr : &*found;
}

}  // namespace

std::string verdict_word(Verdict verdict) {
    std::string word(name_of(verdict));
    for (char& each : word)
        each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
    return word;
}

std::string grade_mark(Grade grade) {
    constexpr std::array<std::string_view, 3> marks{"✓ ", "✗ ", "? "};
    return std::string(marks.at(static_cast<std::size_t>(grade))) + std::string(name_of(grade));
}

std::string_view meaning_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed: return "every target was met";
        case Verdict::failed: return "a target was missed";
        case Verdict::inconclusive: return "the run can not tell whether every target was met";
        case Verdict::aborted: return "the run was stopped before its end";
        case Verdict::refused: return "the run was not able or not safe to begin";
        case Verdict::dirty: return "something could not be healed; run gameday recover";
    }
    return {};
}

std::string measure_title(std::string_view measure) {
    const Title* title = find_title(measure);
    return std::string(title == nullptr ? measure : title->title);
}

std::string_view measure_definition(std::string_view measure) {
    const Title* title = find_title(measure);
    return title == nullptr ? std::string_view() : title->definition;
}

std::string metric_title(std::string_view metric) {
    const auto found = std::find_if(metrics.begin(), metrics.end(),
                                    [&](const auto& each) { return each.first == metric; });
    if (found != metrics.end()) return std::string(found->second);
    std::string words(metric);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

}  // namespace gameday::reporters
