#include "tests/injectors/kernel/steer/random_impairment.hpp"

namespace gameday::testing {

using namespace kernel;

namespace {

// A third of the time nothing, at times all.
double share(Random& random) {
    if (random.chance(0.4)) return 0;
    return random.chance(0.1) ? 1 : random.unit();
}

Duration duration(Random& random, std::uint64_t ns_max) {
    return Duration(static_cast<std::int64_t>(1 + random.below(ns_max)));
}

void add_delay(Random& random, Impairment& it) {
    // Up to two hours: the old 32 bits of netem end at 274 s.
    it.delay = duration(random, random.chance(0.2) ? 7'200'000'000'000 : 500'000'000);
    if (random.chance(0.6)) {
        it.jitter = duration(random, 100'000'000);
        it.delay_correlation = share(random);
        it.distribution = static_cast<Distribution>(random.below(5));
        if (it.distribution == Distribution::custom) {
            for (int i = 0; i < 64; ++i) {
                it.table.push_back(static_cast<std::int16_t>(random.below(60'000)));
            }
        }
    }
    if (random.chance(0.3)) {
        it.reorder = random.unit();
        it.reorder_correlation = it.reorder > 0 ? share(random) : 0;
        it.gap = it.reorder > 0 ? static_cast<std::uint32_t>(random.below(10)) : 0;
    }
}

void add_loss(Random& random, Impairment& it) {
    switch (random.below(4)) {
        case 0: it.loss = {share(random), share(random)}; break;
        case 1:
            it.gilbert_elliott = {share(random), share(random), share(random), share(random)};
            break;
        case 2:
            it.four_state = {share(random), share(random), share(random), share(random),
                             share(random)};
            break;
        default: return;
    }
    const bool loses = it.loss.share > 0 || it.gilbert_elliott || it.four_state;
    it.ecn = loses && random.chance(0.3);
}

void add_rate(Random& random, Impairment& it) {
    // At times more than 32 bits hold.
    it.rate =
        static_cast<std::int64_t>(1 + random.below(random.chance(0.2) ? 1ULL << 40U : 1u << 27));
    if (random.chance(0.5)) return;
    it.packet_overhead = static_cast<std::int32_t>(random.below(100)) - 50;
    it.cell_size = static_cast<std::uint32_t>(random.below(100));
    it.cell_overhead = static_cast<std::int32_t>(random.below(20)) - 10;
}

}  // namespace

Impairment random_impairment(Random& random) {
    Impairment it;
    if (random.chance(0.6)) add_delay(random, it);
    add_loss(random, it);
    it.duplicate = share(random);
    it.duplicate_correlation = share(random);
    it.corrupt = share(random);
    it.corrupt_correlation = share(random);
    if (random.chance(0.4)) add_rate(random, it);
    if (random.chance(0.2)) {
        Slot slot{duration(random, 1'000'000), {}, 0, 0};
        slot.max_delay = slot.min_delay + duration(random, 1'000'000);
        slot.packets = static_cast<std::int32_t>(random.below(100));
        slot.bytes = static_cast<std::int32_t>(random.below(100'000));
        it.slot = slot;
    }
    if (random.chance(0.3)) it.seed = random.next();
    if (random.chance(0.3)) it.limit = static_cast<std::uint32_t>(1 + random.below(100'000));
    it.wire_accurate = random.chance(0.2);
    return it;
}

}  // namespace gameday::testing
