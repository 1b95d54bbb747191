#include "harness/measures/data/losses.hpp"

#include <algorithm>

namespace gameday::measures {

using view::Fate;
using view::View;

Attribution::Attribution(const View& view) : view_(view) {
    for (const auto& fault : view.faults) {
        backs_.push_back(fault.healed ? view::way_back_of(view, fault)
                                      : view::WayBack{Instant::min(), Instant::min()});
    }
}

Homes Attribution::homes_of(Instant acknowledged) const {
    const auto& faults = view_.faults;
    Homes homes;
    const auto keep_next = [&](Instant from) {
        std::optional<std::size_t> next;
        for (std::size_t i = 0; i < faults.size(); ++i) {
            const Instant injected = faults[i].injected.high;
            if (injected >= from && (!next || injected < faults[*next].injected.high)) next = i;
        }
        if (next && !std::ranges::count(homes.before, *next)) homes.before.push_back(*next);
        return next;
    };
    const auto next = keep_next(acknowledged);
    // While it is being injected: before it, or after it and before the next.
    if (next && acknowledged >= faults[*next].injected.low) {
        keep_next(faults[*next].injected.high + Duration(1));
    }
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const auto& fault = faults[i];
        if (fault.injected.low > acknowledged) continue;
        if (!fault.healed || acknowledged <= fault.healed->high) {
            homes.after.push_back(i);
        } else if (acknowledged < backs_[i].over) {
            homes.way_back.push_back(i);
        }
    }
    if (homes.after.empty() && !homes.way_back.empty()) homes.before.clear();
    if (homes.before.empty() && homes.after.empty() && homes.way_back.empty() && !faults.empty()) {
        homes.after.push_back(faults.size() - 1);
    }
    return homes;
}

bool Attribution::is_certain(Instant acknowledged) const {
    const bool may_be_way_back = std::ranges::any_of(backs_, [&](const view::WayBack& back) {
        return back.over <= acknowledged && acknowledged < back.perhaps;
    });
    if (may_be_way_back) return false;
    return std::ranges::none_of(view_.faults, [&](const view::FaultPeriod& fault) {
        return fault.injected.contains(acknowledged) ||
               (fault.healed && fault.healed->contains(acknowledged));
    });
}

void Losses::add(const Operation& write, bool certain) {
    (certain ? lost : doubtful).push_back(&write);
}

void Losses::sort() {
    const auto earlier = [](const Operation* a, const Operation* b) {
        return std::pair(a->completed, a->seq) < std::pair(b->completed, b->seq);
    };
    std::sort(lost.begin(), lost.end(), earlier);
    // There may be millions of them, and nobody asks for more than the first and the last.
    if (doubtful.size() < 2) return;
    std::iter_swap(doubtful.begin(), std::ranges::min_element(doubtful, earlier));
    std::iter_swap(doubtful.end() - 1, std::ranges::max_element(doubtful, earlier));
}

Interval<double> Losses::count() const {
    const auto proven = static_cast<double>(lost.size());
    return {proven, proven + static_cast<double>(doubtful.size())};
}

std::vector<FaultLosses> losses_of(const View& view, const Attribution& attribution,
                                   std::optional<RegionId> region) {
    std::vector<FaultLosses> all;
    for (const auto& fault : view.faults) all.push_back({fault.injected, {}, {}, {}});
    if (all.empty()) {
        all.push_back({Interval<Instant>::point(view.evidence.active.high), {}, {}, {}});
    }
    for (const auto& entry : view.ledger.acknowledged) {
        const bool lost = entry.fate == Fate::lost;
        if ((!lost && !entry.doubtful) || !is_of(entry, region)) continue;
        const Operation& write = view.evidence.operations[entry.write];
        if (view.faults.empty()) {
            all.front().before.add(write, lost);
            continue;
        }
        const Homes homes = attribution.homes_of(write.completed);
        for (const auto fault : homes.before) {
            const bool certain =
                homes.before.size() == 1 && attribution.is_certain(write.completed);
            all[fault].before.add(write, lost && certain);
        }
        for (const auto fault : homes.after) {
            const bool certain = lost && attribution.is_certain(write.completed);
            all[fault].after.add(write, certain);
            if (homes.before.empty()) all[fault].apart.add(write, certain);
        }
    }
    for (auto& losses : all) {
        losses.before.sort();
        losses.after.sort();
        losses.apart.sort();
    }
    return all;
}

std::optional<Instant> Acknowledgements::last_before(Instant when) {
    if (sorted_.empty()) {
        for (const auto& entry : view_.ledger.acknowledged) {
            sorted_.push_back(view_.evidence.operations[entry.write].completed);
        }
        std::sort(sorted_.begin(), sorted_.end());
    }
    const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), when);
    return found == sorted_.begin() ? std::nullopt : std::optional(*std::prev(found));
}

Interval<double> recovery_point_age(const Interval<Instant>& fault, const Losses& before,
                                    Acknowledgements& acknowledgements) {
    const auto age_of = [&](const Operation& write) {
        const Instant last = acknowledgements.last_before(write.completed).value_or(write.invoked);
        return Interval<double>{std::max(0.0, seconds(fault.low - write.completed)),
                                std::max(0.0, seconds(fault.high - last))};
    };
    Interval<double> age{0, 0};
    if (!before.lost.empty()) age = age_of(*before.lost.front());
    if (!before.doubtful.empty()) {
        age.high = std::max(age.high, age_of(*before.doubtful.front()).high);
    }
    return age;
}

std::optional<Interval<double>> span_after(const Interval<Instant>& fault, const Losses& after) {
    if (after.lost.empty() && after.doubtful.empty()) return std::nullopt;
    Interval<double> span{0, 0};
    if (!after.lost.empty()) {
        span.low = std::max(0.0, seconds(after.lost.back()->completed - fault.high));
        span.high = seconds(after.lost.back()->completed - fault.low);
    }
    if (!after.doubtful.empty()) {
        span.high = std::max(span.high, seconds(after.doubtful.back()->completed - fault.low));
    }
    return span;
}

Figure count_figure(const char* name, std::uint64_t count) {
    return {name, Unit::count, Interval<double>::point(static_cast<double>(count))};
}

bool is_of(const view::LedgerEntry& entry, std::optional<RegionId> region) {
    return !region || entry.region == *region;
}

std::string unusable(const view::Ledger& ledger) {
    if (!ledger.kept) return "no ledger is kept: the loads say `ledger: false`";
    if (!ledger.deaf.empty()) return ledger.deaf;
    return ledger.acknowledged.empty() ? "no write was acknowledged" : "";
}

std::string unmeasurable(const view::Ledger& ledger) {
    if (auto reason = unusable(ledger); !reason.empty()) return reason;
    if (!ledger.read_back) return "the ledger was not read back: no final read was answered";
    return {};
}

}  // namespace gameday::measures
