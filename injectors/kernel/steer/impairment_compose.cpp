#include "injectors/kernel/steer/impairment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace gameday::kernel {
namespace {

// The chance that at least one of two things happens that know nothing of each other.
double either(double one, double other) { return 1 - (1 - one) * (1 - other); }

// The smaller one; 0 is none.
template <class Number>
Number tighter(Number one, Number other) {
    if (one == 0 || other == 0) return std::max(one, other);
    return std::min(one, other);
}

Error apart(std::string_view what) {
    return invalid(
        "two faults on the same packets ask for {}, and one netem cannot do both: leave one "
        "out, or let them hold one after the other",
        what);
}

// The one that is there, or either when they are equal.
template <class Part>
Result<std::optional<Part>> same(const std::optional<Part>& one, const std::optional<Part>& other,
                                 std::string_view what) {
    if (one && other && *one != *other) return apart(what);
    return one ? one : other;
}

Result<void> compose_loss(const Impairment& one, const Impairment& other, Impairment& both) {
    auto gilbert = same(one.gilbert_elliott, other.gilbert_elliott, "two Gilbert-Elliott losses");
    if (!gilbert) return gilbert.error();
    auto states = same(one.four_state, other.four_state, "two 4-state losses");
    if (!states) return states.error();
    both.gilbert_elliott = *gilbert;
    both.four_state = *states;
    both.loss.share = either(one.loss.share, other.loss.share);
    both.loss.correlation = std::max(one.loss.correlation, other.loss.correlation);
    if (both.four_state && (both.gilbert_elliott || both.loss.share > 0)) {
        return apart("a 4-state loss and another loss");
    }
    if (both.gilbert_elliott && both.loss.share > 0) {
        // Lost by chance in the good and in the bad state alike.
        both.gilbert_elliott->one_minus_h =
            either(both.gilbert_elliott->one_minus_h, both.loss.share);
        both.gilbert_elliott->one_minus_k =
            either(both.gilbert_elliott->one_minus_k, both.loss.share);
        both.loss = {};
    }
    return {};
}

Result<void> compose_delay(const Impairment& one, const Impairment& other, Impairment& both) {
    if (!one.table.empty() && !other.table.empty() && one.table != other.table) {
        return apart("two custom distributions of the delay");
    }
    both.delay = one.delay + other.delay;
    both.jitter = one.jitter + other.jitter;
    both.delay_correlation = std::max(one.delay_correlation, other.delay_correlation);
    // The heavier tail counts; a table of the user's own before all.
    constexpr std::array<int, 5> weight{0, 1, 3, 2, 4};  // in the order of the names
    const auto weight_of = [&](const Impairment& it) {
        return weight.at(static_cast<std::size_t>(it.distribution));
    };
    both.distribution = weight_of(one) >= weight_of(other) ? one.distribution : other.distribution;
    both.table = one.table.empty() ? other.table : one.table;
    return {};
}

void compose_rate(const Impairment& one, const Impairment& other, Impairment& both) {
    both.rate = tighter(one.rate, other.rate);
    const bool of_one = one.rate == both.rate;
    const bool of_other = other.rate == both.rate;
    const auto worst = [&](auto Impairment::*member) {
        if (of_one && of_other) return std::max(one.*member, other.*member);
        return of_one ? one.*member : other.*member;
    };
    both.packet_overhead = worst(&Impairment::packet_overhead);
    both.cell_size = worst(&Impairment::cell_size);
    both.cell_overhead = worst(&Impairment::cell_overhead);
}

}  // namespace

Result<Impairment> compose(const Impairment& one, const Impairment& other) {
    Impairment both;
    if (auto done = compose_delay(one, other, both); !done) return done.error();
    if (auto done = compose_loss(one, other, both); !done) return done.error();
    auto slot = same(one.slot, other.slot, "two slots");
    if (!slot) return slot.error();
    both.slot = *slot;
    both.duplicate = either(one.duplicate, other.duplicate);
    both.duplicate_correlation = std::max(one.duplicate_correlation, other.duplicate_correlation);
    both.corrupt = either(one.corrupt, other.corrupt);
    both.corrupt_correlation = std::max(one.corrupt_correlation, other.corrupt_correlation);
    both.reorder = either(one.reorder, other.reorder);
    both.reorder_correlation = std::max(one.reorder_correlation, other.reorder_correlation);
    both.gap = tighter(one.gap, other.gap);
    compose_rate(one, other, both);
    both.ecn = one.ecn || other.ecn;
    both.seed = one.seed + other.seed;
    both.limit = tighter(one.limit, other.limit);
    both.wire_accurate = one.wire_accurate || other.wire_accurate;
    return both;
}

}  // namespace gameday::kernel
