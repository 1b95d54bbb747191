#include "harness/load/cause_log.hpp"

#include <algorithm>

namespace gameday::load {

CauseLog::Seen& CauseLog::seen(std::uint16_t load, Verb verb, Cause cause, std::string_view detail,
                               bool is_other) {
    const Key key{load, verb, cause, std::string(detail), is_other};
    if (const auto known = seen_.find(key); known != seen_.end()) return known->second;
    if (is_other || kinds_ < kinds_max) {
        kinds_ += is_other ? 0 : 1;
        return seen_[key];
    }
    return seen_[{load, verb, cause, std::string(other), true}];
}

void CauseLog::add(std::uint16_t load, const Operation& operation, std::string_view detail,
                   std::string_view sample) {
    Seen& place = seen(load, operation.verb, operation.cause, detail, false);
    if (place.count++ == 0 || operation.completed < place.first) {
        place.first = operation.completed;
        place.sample = sample.substr(0, sample_max);
    }
}

void CauseLog::merge(const CauseLog& log) {
    for (const auto& [key, each] : log.seen_) {
        const auto& [load, verb, cause, detail, is_other] = key;
        Seen& place = seen(load, verb, cause, detail, is_other);
        if (place.count == 0 || each.first < place.first) {
            place.first = each.first;
            place.sample = each.sample;
        }
        place.count += each.count;
    }
}

std::vector<CauseCount> CauseLog::counts() const {
    std::vector<CauseCount> counts;
    for (const auto& [key, each] : seen_) {
        const auto& [load, verb, cause, detail, is_other] = key;
        counts.push_back({load, verb, cause, detail, each.count, each.first, each.sample});
    }
    std::ranges::stable_sort(counts, [](const CauseCount& a, const CauseCount& b) {
        return std::tuple(a.load, a.verb, b.count) < std::tuple(b.load, b.verb, a.count);
    });
    return counts;
}

}  // namespace gameday::load
