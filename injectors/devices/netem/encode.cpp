#include "injectors/devices/netem/encode.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <limits>

namespace gameday::devices::netem {

using kernel::Attributes;

namespace {

// Of kernel 6.6, younger than the headers of Debian 12.
constexpr int tca_netem_prng_seed = 14;

// What one tick of the packet scheduler is: 2^6 ns (PSCHED_SHIFT of the kernel).
constexpr unsigned tick_shift = 6;

std::uint32_t ticks(std::int64_t ns) {
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(ns >> tick_shift, std::numeric_limits<std::uint32_t>::max()));
}

template <class Plain>
void put(Attributes& attributes, int type, const Plain& plain) {
    attributes.bytes(type, bytes_of(plain));
}

void put_loss(Attributes& options, const Settings& it) {
    const auto& c = it.chain;
    switch (it.model) {
        case LossModel::random: return;  // which netem falls back to when told of no other
        case LossModel::four_state:
            options.nest(TCA_NETEM_LOSS, [&](Attributes& loss) {
                put(loss, NETEM_LOSS_GI, tc_netem_gimodel{c[0], c[1], c[2], c[3], c[4]});
            });
            return;
        case LossModel::gilbert_elliott:
            options.nest(TCA_NETEM_LOSS, [&](Attributes& loss) {
                put(loss, NETEM_LOSS_GE, tc_netem_gemodel{c[0], c[1], c[2], c[3]});
            });
            return;
    }
}

void put_rate(Attributes& options, const Settings& it) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    tc_netem_rate rate{};
    rate.rate = static_cast<std::uint32_t>(std::min(it.rate, most));
    rate.packet_overhead = it.packet_overhead;
    rate.cell_size = it.cell_size;
    rate.cell_overhead = it.cell_overhead;
    put(options, TCA_NETEM_RATE, rate);
    put(options, TCA_NETEM_RATE64, it.rate);
}

Bytes netem_options(const Settings& it, const std::vector<std::int16_t>& table) {
    Attributes options;
    put(options, TCA_NETEM_LATENCY64, it.latency);
    put(options, TCA_NETEM_JITTER64, it.jitter);
    put(options, TCA_NETEM_CORR,
        tc_netem_corr{it.delay_correlation, it.loss_correlation, it.duplicate_correlation});
    put(options, TCA_NETEM_REORDER, tc_netem_reorder{it.reorder, it.reorder_correlation});
    put(options, TCA_NETEM_CORRUPT, tc_netem_corrupt{it.corrupt, it.corrupt_correlation});
    put_loss(options, it);
    put_rate(options, it);
    put(options, TCA_NETEM_ECN, std::uint32_t{it.ecn});
    tc_netem_slot slot{};
    slot.min_delay = it.slot_min;
    slot.max_delay = it.slot_max;
    slot.max_packets = it.slot_packets;
    slot.max_bytes = it.slot_bytes;
    put(options, TCA_NETEM_SLOT, slot);
    if (it.seed != 0) put(options, tca_netem_prng_seed, it.seed);
    if (!table.empty()) {
        Bytes numbers(table.size() * sizeof table[0]);
        std::memcpy(numbers.data(), table.data(), numbers.size());
        options.bytes(TCA_NETEM_DELAY_DIST, numbers);
    }
    const tc_netem_qopt fixed{ticks(it.latency), it.limit,        it.loss, it.gap,
                              it.duplicate,      ticks(it.jitter)};
    Bytes bytes = bytes_of(fixed);
    const Bytes more = options.take();
    bytes.insert(bytes.end(), more.begin(), more.end());
    return bytes;
}

Bytes add_qdisc(const Place& place, const char* kind, const Bytes& options,
                std::uint32_t sequence) {
    tcmsg fixed{};
    fixed.tcm_ifindex = place.link;
    fixed.tcm_parent = place.parent;
    fixed.tcm_handle = place.handle;
    Attributes attributes;
    attributes.text(TCA_KIND, kind);
    attributes.bytes(TCA_OPTIONS, options);
    return route_message(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence,
                         bytes_of(fixed), attributes.take());
}

template <class Plain>
Plain plain_at(const AttributeMap& attributes, int type) {
    const auto found = attributes.find(type);
    return found == attributes.end() ? Plain{} : plain_of<Plain>(found->second);
}

void read_loss(const AttributeMap& options, Settings& it) {
    const auto loss = options.find(TCA_NETEM_LOSS);
    if (loss == options.end()) return;
    const auto models = attributes_in(loss->second);
    if (models.contains(NETEM_LOSS_GI)) {
        const auto chain = plain_at<tc_netem_gimodel>(models, NETEM_LOSS_GI);
        it.model = LossModel::four_state;
        it.chain = {chain.p13, chain.p31, chain.p32, chain.p14, chain.p23};
    } else if (models.contains(NETEM_LOSS_GE)) {
        const auto chain = plain_at<tc_netem_gemodel>(models, NETEM_LOSS_GE);
        it.model = LossModel::gilbert_elliott;
        it.chain = {chain.p, chain.r, chain.h, chain.k1, 0};
    }
}

Settings read_netem(View bytes) {
    Settings it;
    const auto fixed = plain_of<tc_netem_qopt>(bytes);
    const auto options =
        bytes.size() < sizeof fixed ? AttributeMap{} : attributes_in(bytes.subspan(sizeof fixed));
    it.limit = fixed.limit;
    it.loss = fixed.loss;
    it.gap = fixed.gap;
    it.duplicate = fixed.duplicate;
    it.latency = options.contains(TCA_NETEM_LATENCY64)
                     ? plain_at<std::int64_t>(options, TCA_NETEM_LATENCY64)
                     : std::int64_t{fixed.latency} << tick_shift;
    it.jitter = options.contains(TCA_NETEM_JITTER64)
                    ? plain_at<std::int64_t>(options, TCA_NETEM_JITTER64)
                    : std::int64_t{fixed.jitter} << tick_shift;
    const auto correlations = plain_at<tc_netem_corr>(options, TCA_NETEM_CORR);
    it.delay_correlation = correlations.delay_corr;
    it.loss_correlation = correlations.loss_corr;
    it.duplicate_correlation = correlations.dup_corr;
    const auto reorder = plain_at<tc_netem_reorder>(options, TCA_NETEM_REORDER);
    it.reorder = reorder.probability;
    it.reorder_correlation = reorder.correlation;
    const auto corrupt = plain_at<tc_netem_corrupt>(options, TCA_NETEM_CORRUPT);
    it.corrupt = corrupt.probability;
    it.corrupt_correlation = corrupt.correlation;
    read_loss(options, it);
    const auto rate = plain_at<tc_netem_rate>(options, TCA_NETEM_RATE);
    it.rate =
        std::max<std::uint64_t>(rate.rate, plain_at<std::uint64_t>(options, TCA_NETEM_RATE64));
    it.packet_overhead = rate.packet_overhead;
    it.cell_size = rate.cell_size;
    it.cell_overhead = rate.cell_overhead;
    const auto slot = plain_at<tc_netem_slot>(options, TCA_NETEM_SLOT);
    it.slot_min = slot.min_delay;
    it.slot_max = slot.max_delay;
    it.slot_packets = slot.max_packets;
    it.slot_bytes = slot.max_bytes;
    it.ecn = plain_at<std::uint32_t>(options, TCA_NETEM_ECN) != 0;
    it.seed = plain_at<std::uint64_t>(options, tca_netem_prng_seed);
    return it;
}

Counters read_counters(View bytes) {
    const auto statistics = attributes_in(bytes);
    const auto basic = plain_at<gnet_stats_basic>(statistics, TCA_STATS_BASIC);
    const auto queue = plain_at<gnet_stats_queue>(statistics, TCA_STATS_QUEUE);
    return {std::max<std::uint64_t>(basic.packets,
                                    plain_at<std::uint64_t>(statistics, TCA_STATS_PKT64)),
            basic.bytes, queue.drops, queue.qlen};
}

}  // namespace

Bytes add_netem(const Place& place, const Settings& settings,
                const std::vector<std::int16_t>& table, std::uint32_t sequence) {
    return add_qdisc(place, "netem", netem_options(settings, table), sequence);
}

Bytes add_splitter(const Place& place, std::uint32_t packet_bytes, std::uint32_t sequence) {
    // So fast that the bucket is full again a nanosecond later: it holds nothing back.
    constexpr std::uint64_t bytes_per_s = 1'000'000'000'000;
    tc_tbf_qopt fixed{};
    fixed.rate.rate = std::numeric_limits<std::uint32_t>::max();
    fixed.rate.linklayer = TC_LINKLAYER_ETHERNET;
    fixed.limit = packet_bytes;  // of a queue that the netem takes the place of
    fixed.buffer = 1;
    Attributes options;
    put(options, TCA_TBF_PARMS, fixed);
    put(options, TCA_TBF_RATE64, bytes_per_s);
    put(options, TCA_TBF_BURST, packet_bytes);
    return add_qdisc(place, "tbf", options.take(), sequence);
}

Bytes dump_qdiscs(std::uint32_t sequence) {
    return route_message(RTM_GETQDISC, NLM_F_DUMP, sequence, bytes_of(tcmsg{}), {});
}

std::optional<Standing> read_qdisc(View message) {
    const auto fixed = fixed_of<tcmsg>(message);
    if (!fixed || type_of(message) != RTM_NEWQDISC) return std::nullopt;
    const auto attributes = attributes_of(message, sizeof(tcmsg));
    Standing standing;
    standing.place = {fixed->tcm_ifindex, fixed->tcm_parent, fixed->tcm_handle};
    standing.kind = text_in(attributes, TCA_KIND);
    if (const auto options = attributes.find(TCA_OPTIONS);
        options != attributes.end() && standing.kind == "netem") {
        standing.settings = read_netem(options->second);
    }
    if (const auto found = attributes.find(TCA_STATS2); found != attributes.end()) {
        standing.counters = read_counters(found->second);
    }
    return standing;
}

}  // namespace gameday::devices::netem
