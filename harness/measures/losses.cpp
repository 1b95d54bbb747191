#include "harness/measures/losses.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::measures {
namespace {

// A write that was acknowledged this long before a fault, or longer, is taken to have reached the
// other regions unless the sampled replication lag was longer.
constexpr Duration lag_without_samples = std::chrono::seconds(1);

Duration plausible_lag(const Evidence& evidence) {
    Duration longest = lag_without_samples;
    for (const auto& sample : evidence.lags) longest = std::max(longest, sample.lag.high);
    return longest;
}

bool of_region(const Operation& write, const Evidence& evidence, std::optional<RegionId> region) {
    if (!region) return true;
    return write.client.index() < evidence.clients.size() &&
           evidence.clients[write.client.index()].region == *region;
}

}  // namespace

std::size_t fault_of(Instant when, const std::vector<FaultPeriod>& faults) {
    // Of those in force and of those to come: one that expects an outage outranks one that is to be
    // ridden out (a lagging replica loses nothing by itself; the outage that follows does).
    std::optional<std::size_t> in_force;
    std::optional<std::size_t> in_force_outage;
    std::optional<std::size_t> next;
    std::optional<std::size_t> next_outage;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const auto& fault = faults[i];
        if (fault.injected.high < when) {
            if (fault.healed && when > fault.healed->high) continue;
            in_force = i;
            if (fault.expects_outage) in_force_outage = i;
        } else {
            if (!next) next = i;
            if (!next_outage && fault.expects_outage) next_outage = i;
        }
    }
    if (in_force_outage) return *in_force_outage;
    if (in_force && next_outage) return *next_outage;
    if (in_force) return *in_force;
    return next.value_or(faults.size() - 1);
}

std::vector<Losses> losses_of(const Ledger& ledger, const Evidence& evidence,
                              const std::vector<FaultPeriod>& faults,
                              std::optional<RegionId> region) {
    std::vector<Losses> all;
    for (const auto& fault : faults) all.push_back({fault.injected, {}, {}});
    if (faults.empty()) all.push_back({Interval<Instant>::point(evidence.active.high), {}, {}});
    const auto entry_of = [&](const Operation& write) -> Losses& {
        return all[faults.empty() ? 0 : fault_of(write.completed, faults)];
    };
    for (const auto& [write, fate] : ledger.acknowledged) {
        if (fate == Fate::lost && of_region(*write, evidence, region)) {
            entry_of(*write).lost.push_back(write);
        }
    }
    const Duration lag = plausible_lag(evidence);
    for (const auto& [write, fate] : ledger.acknowledged) {
        if (!of_region(*write, evidence, region)) continue;
        Losses& losses = entry_of(*write);
        if (fate == Fate::indeterminate) losses.doubtful.push_back(write);
        if (fate != Fate::never_read || faults.empty()) continue;
        Instant prone = losses.instant.low - lag;
        if (!losses.lost.empty()) prone = std::min(prone, losses.lost.front()->completed);
        if (write->completed > prone) losses.doubtful.push_back(write);
    }
    return all;
}

Interval<double> recovery_point_age(const Losses& losses, const Ledger& ledger) {
    Interval<double> age{0, 0};
    if (!losses.lost.empty()) {
        const Operation& oldest = *losses.lost.front();
        Instant before = oldest.invoked;
        const auto& acknowledged = ledger.acknowledged;
        const auto it = std::lower_bound(
            acknowledged.begin(), acknowledged.end(), oldest.completed,
            [](const LedgerEntry& entry, Instant when) { return entry.write->completed < when; });
        if (it != acknowledged.begin()) before = std::prev(it)->write->completed;
        age.low = std::max(0.0, seconds(losses.instant.low - oldest.completed));
        age.high = std::max(0.0, seconds(losses.instant.high - before));
        const Operation& newest = *losses.lost.back();
        if (newest.completed > losses.instant.high) {
            age.high = std::max(age.high, seconds(newest.completed - losses.instant.low));
        }
    }
    for (const auto* write : losses.doubtful) {
        age.high = std::max(age.high, seconds(losses.instant.high - write->invoked));
        age.high = std::max(age.high, seconds(write->completed - losses.instant.low));
    }
    return age;
}

}  // namespace gameday::measures
