#include "injectors/devices/netem/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gameday::devices::netem {

using kernel::Impairment;

namespace {

constexpr std::uint32_t whole = std::numeric_limits<std::uint32_t>::max();

std::uint32_t share_of(double share) {
    return static_cast<std::uint32_t>(std::llrint(share * static_cast<double>(whole)));
}

void set_chain(const Impairment& it, Settings& settings) {
    if (it.four_state) {
        const auto& chain = *it.four_state;
        settings.model = LossModel::four_state;
        settings.chain = {share_of(chain.p13), share_of(chain.p31), share_of(chain.p32),
                          share_of(chain.p14), share_of(chain.p23)};
    } else if (it.gilbert_elliott) {
        const auto& chain = *it.gilbert_elliott;
        settings.model = LossModel::gilbert_elliott;
        settings.chain = {share_of(chain.p), share_of(chain.r), whole - share_of(chain.one_minus_h),
                          share_of(chain.one_minus_k), 0};
    }
}

}  // namespace

Result<Settings> settings_of(const Impairment& it) {
    constexpr std::int64_t jitter_max = std::numeric_limits<std::int32_t>::max();
    if (it.jitter.count() > jitter_max) {
        return invalid("netem: jitter: {} is more than the kernel can do, want 2147ms at most",
                       duration_literal(it.jitter));
    }
    Settings settings;
    settings.limit = limit_of(it);
    settings.latency = it.delay.count();
    settings.jitter = it.jitter.count();
    settings.delay_correlation = share_of(it.delay_correlation);
    settings.loss = share_of(it.loss.share);
    settings.loss_correlation = share_of(it.loss.correlation);
    set_chain(it, settings);
    settings.duplicate = share_of(it.duplicate);
    settings.duplicate_correlation = share_of(it.duplicate_correlation);
    settings.corrupt = share_of(it.corrupt);
    settings.corrupt_correlation = share_of(it.corrupt_correlation);
    settings.reorder = share_of(it.reorder);
    settings.reorder_correlation = share_of(it.reorder_correlation);
    // A gap of 0 would switch reordering off.
    settings.gap = settings.reorder > 0 ? std::max(it.gap, 1U) : 0;
    settings.rate = static_cast<std::uint64_t>(it.rate);
    settings.packet_overhead = it.packet_overhead;
    settings.cell_size = it.cell_size;
    settings.cell_overhead = it.cell_overhead;
    if (it.slot) {
        settings.slot_min = it.slot->min_delay.count();
        settings.slot_max = it.slot->max_delay.count();
        settings.slot_packets = it.slot->packets;
        settings.slot_bytes = it.slot->bytes;
    }
    settings.ecn = it.ecn;
    settings.seed = it.seed;
    return settings;
}

std::uint32_t limit_of(const Impairment& it) {
    if (it.limit > 0) return it.limit;
    constexpr double packets_per_s = 200'000;
    constexpr double packet_bytes = 500;
    constexpr double buffer_s = 0.5;
    const double held_s = seconds(it.delay) + 4 * seconds(it.jitter);
    const double wanted =
        it.rate == 0 ? 2 * packets_per_s * held_s
                     : 2 * (held_s + buffer_s) * static_cast<double>(it.rate) / packet_bytes;
    const double least = it.rate == 0 ? 10'000 : 1'000;
    return static_cast<std::uint32_t>(std::clamp(wanted, least, 1'000'000.0));
}

std::string difference(const Settings& asked, const Settings& found) {
    std::string text;
    const auto compare = [&](const char* name, auto one, auto other) {
        if (one == other) return;
        text +=
            fmt::format("{}{}: asked for {}, found {}", text.empty() ? "" : "; ", name, one, other);
    };
    compare("limit", asked.limit, found.limit);
    compare("delay", asked.latency, found.latency);
    compare("jitter", asked.jitter, found.jitter);
    compare("delay correlation", asked.delay_correlation, found.delay_correlation);
    compare("loss", asked.loss, found.loss);
    compare("loss correlation", asked.loss_correlation, found.loss_correlation);
    compare("loss model", static_cast<int>(asked.model), static_cast<int>(found.model));
    for (std::size_t i = 0; i < asked.chain.size(); ++i) {
        compare("loss model's chance", asked.chain.at(i), found.chain.at(i));
    }
    compare("duplicate", asked.duplicate, found.duplicate);
    compare("duplicate correlation", asked.duplicate_correlation, found.duplicate_correlation);
    compare("corrupt", asked.corrupt, found.corrupt);
    compare("corrupt correlation", asked.corrupt_correlation, found.corrupt_correlation);
    compare("reorder", asked.reorder, found.reorder);
    compare("reorder correlation", asked.reorder_correlation, found.reorder_correlation);
    compare("gap", asked.gap, found.gap);
    compare("rate", asked.rate, found.rate);
    compare("packet overhead", asked.packet_overhead, found.packet_overhead);
    compare("cell size", asked.cell_size, found.cell_size);
    compare("cell overhead", asked.cell_overhead, found.cell_overhead);
    compare("slot's least delay", asked.slot_min, found.slot_min);
    compare("slot's longest delay", asked.slot_max, found.slot_max);
    compare("slot's packets", asked.slot_packets, found.slot_packets);
    compare("slot's bytes", asked.slot_bytes, found.slot_bytes);
    compare("ecn", asked.ecn, found.ecn);
    if (asked.seed != 0) compare("seed", asked.seed, found.seed);
    return text;
}

}  // namespace gameday::devices::netem
