#include "injectors/devices/nfqueue/schedule.hpp"

#include <algorithm>
#include <utility>

namespace gameday::devices::nfqueue {

namespace {

// For heaps: the one that leaves last is the least.
bool leaves_later(const Departure& one, const Departure& other) {
    return one.due != other.due ? one.due > other.due : one.order > other.order;
}

}  // namespace

Schedule::Schedule(kernel::Impairment impairment, std::uint64_t seed)
    : impairment_(std::move(impairment)), book_(impairment_, seed) {}

void Schedule::arrive(const Arrival& arrival, Duration now) {
    Departure departure;
    departure.number = arrival.number;
    departure.order = ++arrivals_;
    departure.side = arrival.packet.connection.side;
    departure.device = arrival.device;
    departure.due = now;
    ++counts_.seen;
    const Fate fate = book_.next(arrival.packet.connection);
    const bool full = impairment_.limit != 0 && held_.size() >= impairment_.limit;
    if (fate.lost || full) {
        ++(fate.lost ? counts_.lost : counts_.beyond_limit);
        ++counts_.impaired;
        departure.what = Departure::What::drop;
        hold(std::move(departure));
        return;
    }
    const std::size_t length = arrival.packet.length;
    departure.due = due(fate, fate.delay, length, now);
    const bool late = departure.due > now;
    const bool corrupt = fate.corrupt_seed && !arrival.bytes.empty();
    const bool twice = fate.copy && !arrival.bytes.empty();
    counts_.delayed += late ? 1 : 0;
    counts_.reordered += fate.at_once ? 1 : 0;
    counts_.impaired += late || fate.at_once || corrupt || twice ? 1 : 0;
    if (corrupt) {
        departure.bytes = corrupted(arrival.bytes, arrival.packet.payload, *fate.corrupt_seed);
        ++counts_.corrupted;
    }
    if (twice) {
        Departure copy = departure;
        copy.what = Departure::What::resend;
        copy.bytes.assign(arrival.bytes.begin(), arrival.bytes.end());
        copy.due = due(fate, *fate.copy, length, now);
        ++counts_.duplicated;
        hold(std::move(copy));
    }
    hold(std::move(departure));
}

Duration Schedule::due(const Fate& fate, Duration delay, std::size_t length, Duration now) {
    if (fate.at_once) return now;
    if (impairment_.rate == 0) return now + delay;
    line_free_ = std::max(now + delay, line_free_) + time_on_line(impairment_, length);
    return line_free_;
}

void Schedule::hold(Departure departure) {
    held_.push_back(std::move(departure));
    std::ranges::push_heap(held_, leaves_later);
}

std::optional<Duration> Schedule::next_due() const {
    return held_.empty() ? std::nullopt : std::optional(held_.front().due);
}

std::optional<Departure> Schedule::depart(Duration now) {
    if (held_.empty() || held_.front().due > now) return std::nullopt;
    std::ranges::pop_heap(held_, leaves_later);
    Departure next = std::move(held_.back());
    held_.pop_back();
    return next;
}

std::vector<Departure> Schedule::empty() {
    std::ranges::sort(held_, {}, &Departure::order);
    return std::exchange(held_, {});
}

bool needs_whole_packets(const kernel::Impairment& impairment) {
    return impairment.duplicate > 0 || impairment.corrupt > 0;
}

Duration time_on_line(const kernel::Impairment& impairment, std::size_t length) {
    constexpr std::int64_t ethernet_header = 14;
    std::int64_t bytes = std::max<std::int64_t>(
        0, static_cast<std::int64_t>(length) + ethernet_header + impairment.packet_overhead);
    if (const std::int64_t cell = impairment.cell_size; cell != 0) {
        const std::int64_t cells = (bytes + cell - 1) / cell;
        bytes = std::max<std::int64_t>(0, cells * (cell + impairment.cell_overhead));
    }
    return Duration(bytes * 1'000'000'000 / impairment.rate);
}

Bytes corrupted(std::span<const std::uint8_t> bytes, std::size_t payload, std::uint64_t seed) {
    Bytes changed(bytes.begin(), bytes.end());
    const std::size_t first = payload < changed.size() ? payload : 0;
    const std::uint64_t bits = (changed.size() - first) * 8;
    const std::uint64_t bit = seed % bits;
    changed[first + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    return changed;
}

}  // namespace gameday::devices::nfqueue
