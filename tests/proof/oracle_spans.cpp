// Spans below the level, and what is counted in time.
#include "tests/proof/oracle_parts.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::proof {

std::uint64_t due_for_level(const Case& the) {
    return static_cast<std::uint64_t>(std::ceil(1 / (1 - the.scenario.minimum.success) - 1e-6));
}

namespace {

struct Window {
    bool filled = false, holds = false;
    double end = 0;
};

// From operation `at` on, or back from it: the shortest stretch that lasts `hold` and has enough.
Window window(const Case& the, const std::vector<Seen>& all, std::size_t at, bool forward) {
    const double begin = all[at].scheduled;
    const std::uint64_t wanted = due_for_level(the);
    std::uint64_t due = 0, bad = 0;
    double reach = begin, done = begin;
    for (std::size_t index = at;; forward ? ++index : --index) {
        const double distance = std::abs(all[index].scheduled - begin);
        if (distance >= the.hold && due >= wanted) break;
        ++due;
        if (!all[index].good) ++bad;
        reach = all[index].scheduled;
        done = std::max(done, all[index].completed);
        if (index == (forward ? all.size() - 1 : 0)) break;
    }
    Window result;
    const double limit = forward ? the.active_high - begin : begin - all.front().scheduled;
    result.filled = due >= wanted && limit >= the.hold;
    double allowed =
        std::floor((1 - the.scenario.minimum.success) * static_cast<double>(due) + 1e-9);
    if (the.is(Mutation::forgives_two)) ++allowed;
    result.holds = static_cast<double>(bad) <= allowed;
    result.end = forward ? std::max(reach, begin + the.hold) : begin;
    // Answers show it, not arrivals: those that a stall held back may come with the heal only.
    if (!the.is(Mutation::shown_by_arrivals)) result.end = std::max(result.end, done);
    return result;
}

bool below(const Case& the, const std::vector<Seen>& all, std::size_t at, bool backwards) {
    const auto forward = window(the, all, at, true);
    if (forward.filled && !forward.holds) return true;
    if (forward.filled && !backwards) return false;
    const auto back = window(the, all, at, false);
    if (back.filled) return !back.holds;
    return !forward.filled && !forward.holds;
}

}  // namespace

std::vector<Fall> falls(const Case& the, const Lane& lane, const Reading& reading) {
    std::vector<Seen> all;
    for (auto operation : lane.operations) {
        if (operation.spoiled && !reading.spoiled_bad) continue;
        all.push_back(operation);
    }
    std::vector<Fall> result;
    double last_good = all.empty() ? 0 : all.front().scheduled;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (all[at].good || !below(the, all, at, reading.backwards)) {
            if (all[at].good) last_good = all[at].scheduled;
            continue;
        }
        Fall fall{last_good, all[at].scheduled, all[at].completed, 0, endless, endless};
        for (; at < all.size(); ++at) {
            if (!all[at].good) {
                fall.last_bad = all[at].scheduled;
                continue;
            }
            last_good = all[at].scheduled;
            const auto forward = window(the, all, at, true);
            const auto back = window(the, all, at, false);
            const bool shows_on = forward.filled && forward.holds;
            const bool shows_back = back.filled && back.holds;
            if (!shows_on && !shows_back && !the.is(Mutation::any_good_is_fine)) continue;
            fall.first_fine_done = all[at].completed;
            fall.shown = shows_back ? back.end : forward.end;
            break;
        }
        result.push_back(fall);
    }
    return result;
}

namespace {

// Largest time from one good operation to the answer to the next, between two instants.
double largest_gap(const Case& the, const Lane& lane, double from, double to) {
    double largest = 0, before = -1, total = 0, count = 0;
    for (const auto& operation : lane.operations) {
        if (!operation.good) continue;
        const bool inside = before >= 0 && operation.completed >= from && before <= to;
        if (inside) {
            largest = std::max(largest, operation.completed - before);
            total += operation.completed - before;
            ++count;
        }
        before = operation.scheduled;
    }
    if (before >= 0 && before < to)
        largest = std::max(largest, std::min(to, the.active_high) - before);
    if (the.is(Mutation::mean_gap)) return count > 0 ? total / count : 0;
    return largest;
}

enum class Belongs : std::uint8_t { no, perhaps, yes };

Belongs belongs(const Case& the, const Force& fault, const Fall& fall) {
    // It began between the last good operation and the answer to the first bad one.
    if (fall.first_bad_done < fault.injected.low) return Belongs::no;
    const bool sure_after = fall.first_bad >= fault.injected.low;
    if (the.is(Mutation::newest_fault_only)) {
        for (const auto& other : the.faults) {
            if (other.injected.low > fault.injected.low && other.injected.low <= fall.first_bad) {
                return Belongs::no;
            }
        }
    }
    if (fall.first_bad < fault.healed.low) return sure_after ? Belongs::yes : Belongs::perhaps;
    const bool perhaps_in_force = fall.last_good < fault.healed.high;
    if (the.is(Mutation::after_heal_is_none)) return Belongs::no;
    bool parted = false, perhaps_parted = false;
    for (const auto& other : the.faults) {
        for (const auto& pulse : other.pulses) {
            if (pulse.low >= fault.healed.low && pulse.low <= fall.first_bad) perhaps_parted = true;
            if (pulse.low >= fault.healed.high && pulse.high <= fall.last_good) parted = true;
        }
    }
    const bool perhaps_near = fall.last_good < fault.healed.high + the.hold;
    if (!perhaps_in_force && (parted || !perhaps_near)) return Belongs::no;
    const bool near = fall.first_bad < fault.healed.low + the.hold;
    return near && !perhaps_parted && sure_after ? Belongs::yes : Belongs::perhaps;
}

// The spans of a fault, seen together.
struct Sum {
    double last_sure = 0, highest = 0;  // own ends
    bool any = false, sure = false;
    bool perhaps_censored = false, censored = false;
};

void add_span(const Case& the, const Force& fault, const Fall& fall, bool sure, Sum& sum) {
    const bool over = the.is(Mutation::last_bad_before_heal) ? fall.last_bad < fault.healed.low
                                                             : fall.shown < fault.healed.low;
    const bool perhaps_before = fall.last_good < fault.healed.high;
    const bool before = fall.first_bad < fault.healed.low;
    if (perhaps_before && !over && !the.is(Mutation::heal_is_end)) {
        sum.perhaps_censored = true;
        if (sure && before && fall.last_bad > fault.healed.high) sum.censored = true;
    }
    sum.any = true;
    sum.sure = sum.sure || sure;
    if (sure) sum.last_sure = std::max(0.0, fall.last_bad - fault.injected.high);
    sum.highest = std::max(sum.highest, fall.first_fine_done - fault.injected.low);
}

// If any span is censored the RTO is; else its end is that of the last.
Figures whole(const Force& fault, const Sum& sum) {
    const double heal = std::max(0.0, fault.healed.low - fault.injected.high);
    if (sum.censored) return {heal, endless};
    if (sum.perhaps_censored) return {std::min(sum.last_sure, heal), endless};
    return {sum.last_sure, sum.highest};
}

Figures rto_as_read(const Case& the, const Lane& lane, const Force& fault, const Reading& reading) {
    Sum sum;
    double down_already = 0;
    for (const auto& fall : falls(the, lane, reading)) {
        const auto whose = belongs(the, fault, fall);
        if (whose == Belongs::no) {
            const bool under_way = fall.first_bad_done < fault.injected.low &&
                                   fall.first_fine_done > fault.injected.low;
            if (under_way && !the.is(Mutation::down_already_is_none)) {
                down_already = fall.first_fine_done - fault.injected.low;
            }
            continue;
        }
        if (the.is(Mutation::first_span_only) && sum.any) break;
        add_span(the, fault, fall, whose == Belongs::yes, sum);
    }
    auto value = whole(fault, sum);
    value.high = std::max(value.high, down_already);
    if (!sum.sure) {
        value.low = 0;
        value.high = std::max(
            value.high, largest_gap(the, lane, fault.injected.low, fault.healed.high + the.hold));
    }
    return value;
}

template <class Measure>
Figures all_readings(const Case& the, const Lane& lane, const Measure& measure) {
    bool spoiled = false;
    for (const auto& operation : lane.operations) spoiled = spoiled || operation.spoiled;
    auto value = measure(Reading{false, false});
    if (the.is(Mutation::spoiled_is_bad)) return measure(Reading{true, false});
    value = hull(value, measure(Reading{false, true}));
    if (spoiled) value = hull(value, measure(Reading{true, true}));
    if (spoiled) value = hull(value, measure(Reading{true, false}));
    return value;
}

}  // namespace

Figures rto(const Case& the, const Lane& lane, const Force& fault) {
    return all_readings(
        the, lane, [&](const Reading& reading) { return rto_as_read(the, lane, fault, reading); });
}

Figures ridden_out(const Case& the, const Lane& lane, const Force& fault) {
    return all_readings(the, lane, [&](const Reading& reading) {
        Figures count{0, 0};
        if (the.is(Mutation::ridden_is_free)) return count;
        for (const auto& fall : falls(the, lane, reading)) {
            const auto whose = belongs(the, fault, fall);
            if (whose == Belongs::yes) ++count.low;
            if (whose != Belongs::no) ++count.high;
        }
        return count;
    });
}

double next_fault(const Case& the, const Force& fault) {
    double next = endless;
    for (const auto& other : the.faults) {
        if (other.injected.low > fault.healed.low) next = std::min(next, other.injected.low);
    }
    return next;
}

Figures failback_rto(const Case& the, const Lane& lane, const Force& fault) {
    const double next = next_fault(the, fault);
    return all_readings(the, lane, [&](const Reading& reading) {
        Figures value{0, 0};
        for (const auto& fall : falls(the, lane, reading)) {
            if (fall.first_fine_done <= fault.healed.low || fall.last_good >= next) continue;
            value.high = std::max(value.high, fall.first_fine_done - fault.healed.low);
            if (fall.last_bad <= fault.healed.high || fall.first_bad_done >= next) continue;
            value.low = fall.last_bad - fault.healed.high;
        }
        value.high = std::max(
            value.high, largest_gap(the, lane, fault.healed.low, std::min(next, the.active_high)));
        return value;
    });
}

double back_at(const Case& the, const Force& fault) {
    double back = fault.healed.high + the.hold;
    const double next = next_fault(the, fault);
    for (const auto& lane : the.lanes) {
        for (const auto& fall : falls(the, lane, {})) {
            // What the next fault may have hit, or has melted with its outage, shows no way back.
            if (fall.first_fine_done <= fault.healed.low || fall.first_fine_done >= next) continue;
            back = std::max(back, fall.first_fine_done);
        }
    }
    return back;
}

Figures outage_time(const Case& the, const Lane& lane) {
    return all_readings(the, lane, [&](const Reading& reading) {
        Figures value{0, 0};
        const auto spans = falls(the, lane, reading);
        for (const auto& fall : spans) {
            value.low += fall.last_bad - fall.first_bad;
            value.high += std::min(fall.first_fine_done, the.active_high) - fall.last_good;
        }
        // What the level forgives, each with its neighbours, and the largest hole between arrivals.
        double before = the.active_low, hole = 0, last = the.active_low, total = 0;
        bool bad = false;
        for (const auto& operation : lane.operations) {
            if (operation.phase != Phase::active) continue;
            total = operation.scheduled - the.active_low;
            hole = std::max(hole, operation.scheduled - last);
            last = operation.scheduled;
            bool inside = false;
            for (const auto& fall : spans) {
                if (last >= fall.first_bad && last <= fall.last_bad) inside = true;
            }
            if (operation.good && bad) value.high += operation.completed - before;
            if (!operation.good && !inside) bad = true;
            if (operation.good || inside) {
                bad = false;
                before = operation.scheduled;
            }
        }
        hole = std::max(hole, the.active_high - last);
        if (the.is(Mutation::mean_gap)) hole = total / static_cast<double>(lane.operations.size());
        value.high += hole;
        return value;
    });
}

}  // namespace gameday::proof
