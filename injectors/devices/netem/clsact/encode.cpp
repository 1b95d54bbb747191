#include "injectors/devices/netem/clsact/encode.hpp"

#include "injectors/devices/common/kernel/attributes.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include <algorithm>
#include <map>

namespace gameday::devices::netem {

using kernel::Attributes;
using kernel::Prefix;

namespace {

// Words of a packet by offset; those of one offset become one key.
class Words {
 public:
    void ask(int offset, std::uint32_t mask, std::uint32_t value) {
        auto& key = keys_[offset];
        key = {key.mask | mask, key.value | (value & mask), offset};
    }
    void ask(int offset, const Prefix& prefix) {
        for (unsigned bit = 0; bit < prefix.length; bit += 32, offset += 4) {
            std::uint32_t word = 0;
            std::memcpy(&word, prefix.address.data() + bit / 8, sizeof word);
            const unsigned rest = std::min(prefix.length - bit, 32U);
            ask(offset, ~std::uint32_t{0} << (32 - rest), ntohl(word));
        }
    }
    // What stands at the beginning of the header behind those of IP.
    void ask_behind(int offset, const Match& match) {
        if (match.source_port) ask(offset, 0xffff'0000, std::uint32_t{*match.source_port} << 16);
        if (match.destination_port) ask(offset, 0x0000'ffff, *match.destination_port);
        if (match.icmp_type) ask(offset, 0xff00'0000, std::uint32_t{*match.icmp_type} << 24);
    }
    [[nodiscard]] std::vector<Key> keys() const {
        std::vector<Key> all;
        for (const auto& [offset, key] : keys_) all.push_back(key);
        if (all.empty()) all.push_back({0, 0, 0});
        return all;
    }

 private:
    std::map<int, Key> keys_;
};

bool looks_behind(const Match& match) {
    return match.source_port || match.destination_port || match.icmp_type;
}

std::vector<std::vector<Key>> keys_of_v4(const Match& match) {
    constexpr int length = 20;
    const auto plain = [&] {
        Words words;
        if (match.protocol) words.ask(8, 0x00ff'0000, std::uint32_t{*match.protocol} << 16);
        if (match.source) words.ask(12, *match.source);
        if (match.destination) words.ask(16, *match.destination);
        return words;
    };
    if (!match.has_options) {
        auto words = plain();
        if (looks_behind(match)) {
            words.ask(0, 0x0f00'0000, 0x0500'0000);  // 5 words of header
            words.ask(4, 0x0000'1fff, 0);            // the first fragment, or the only one
            words.ask_behind(length, match);
        }
        return {words.keys()};
    }
    auto some = plain(), more = plain();
    some.ask(0, 0x0e00'0000, 0x0600'0000);  // 6 or 7 words of header
    more.ask(0, 0x0800'0000, 0x0800'0000);  // 8 to 15
    return {some.keys(), more.keys()};
}

std::vector<std::vector<Key>> keys_of_v6(const Match& match) {
    constexpr int length = 40, with_fragment = 48;
    Words plain;
    if (match.source) plain.ask(8, *match.source);
    if (match.destination) plain.ask(24, *match.destination);
    if (!match.protocol) return {plain.keys()};
    auto fragment = plain;
    plain.ask(4, 0x0000'ff00, std::uint32_t{*match.protocol} << 8);
    plain.ask_behind(length, match);
    fragment.ask(4, 0x0000'ff00, std::uint32_t{IPPROTO_FRAGMENT} << 8);
    fragment.ask(length, 0xff00'0000, std::uint32_t{*match.protocol} << 24);
    if (looks_behind(match)) {
        fragment.ask(length, 0x0000'fff8, 0);  // the first
        fragment.ask_behind(with_fragment, match);
    }
    return {plain.keys(), fragment.keys()};
}

template <class Plain>
void put(Attributes& attributes, int type, const Plain& plain) {
    attributes.bytes(type, bytes_of(plain));
}

Bytes selector(const std::vector<Key>& keys) {
    tc_u32_sel head{};
    head.flags = TC_U32_TERMINAL;
    head.nkeys = static_cast<unsigned char>(keys.size());
    Bytes bytes = bytes_of(head);
    for (const auto& key : keys) {
        const tc_u32_key raw{htonl(key.mask), htonl(key.value), key.offset, 0};
        const Bytes more = bytes_of(raw);
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    return bytes;
}

void put_redirect(Attributes& options, int target) {
    constexpr int first_action = 1;
    tc_mirred redirect{};
    redirect.action = TC_ACT_STOLEN;
    redirect.eaction = TCA_EGRESS_REDIR;
    redirect.ifindex = static_cast<std::uint32_t>(target);
    options.nest(TCA_U32_ACT, [&](Attributes& actions) {
        actions.nest(first_action, [&](Attributes& action) {
            action.text(TCA_ACT_KIND, "mirred");
            action.nest(TCA_ACT_OPTIONS,
                        [&](Attributes& inner) { put(inner, TCA_MIRRED_PARMS, redirect); });
        });
    });
}

tcmsg on(const Hook& hook) {
    tcmsg fixed{};
    fixed.tcm_ifindex = hook.link;
    fixed.tcm_parent = TC_H_MAKE(
        TC_H_CLSACT, hook.side == kernel::Side::ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
    return fixed;
}

tcmsg on(const Hook& hook, const Rank& rank, std::uint32_t handle) {
    tcmsg fixed = on(hook);
    fixed.tcm_handle = handle;
    fixed.tcm_info = TC_H_MAKE(std::uint32_t{rank.priority} << 16, htons(rank.ether_type));
    return fixed;
}

Bytes about_clsact(std::uint16_t type, std::uint16_t flags, int link, std::uint32_t sequence) {
    tcmsg fixed{};
    fixed.tcm_ifindex = link;
    fixed.tcm_parent = TC_H_CLSACT;
    fixed.tcm_handle = clsact_handle;
    Attributes attributes;
    attributes.text(TCA_KIND, "clsact");
    return route_message(type, flags, sequence, bytes_of(fixed), attributes.take());
}

template <class Plain>
Plain plain_at(const AttributeMap& attributes, int type) {
    const auto found = attributes.find(type);
    return found == attributes.end() ? Plain{} : plain_of<Plain>(found->second);
}

AttributeMap nested_at(const AttributeMap& attributes, int type) {
    const auto found = attributes.find(type);
    return found == attributes.end() ? AttributeMap{} : attributes_in(found->second);
}

// Of the one action that ours have.
void read_redirect(const AttributeMap& actions, StandingFilter& filter) {
    if (actions.empty()) return;
    const auto action = attributes_in(actions.begin()->second);
    if (text_in(action, TCA_ACT_KIND) != "mirred") return;
    const auto redirect = plain_at<tc_mirred>(nested_at(action, TCA_ACT_OPTIONS), TCA_MIRRED_PARMS);
    filter.target = static_cast<int>(redirect.ifindex);
    const auto statistics = nested_at(action, TCA_ACT_STATS);
    filter.packets =
        std::max<std::uint64_t>(plain_at<gnet_stats_basic>(statistics, TCA_STATS_BASIC).packets,
                                plain_at<std::uint64_t>(statistics, TCA_STATS_PKT64));
}

}  // namespace

std::vector<std::vector<Key>> keys_of(const Match& match) {
    return match.v6 ? keys_of_v6(match) : keys_of_v4(match);
}

Bytes add_filter(const NewFilter& filter, std::uint32_t sequence) {
    Attributes attributes;
    attributes.text(TCA_KIND, "u32");
    attributes.nest(TCA_OPTIONS, [&](Attributes& options) {
        put(options, TCA_U32_CLASSID, filter.mark);
        if (filter.target != 0) put_redirect(options, filter.target);
        options.bytes(TCA_U32_SEL, selector(filter.keys));
        // No network card is to do it instead: it could not lead to an ifb.
        put(options, TCA_U32_FLAGS, std::uint32_t{TCA_CLS_FLAGS_SKIP_HW});
    });
    return route_message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, sequence,
                         bytes_of(on(filter.hook, filter.rank, filter.node)), attributes.take());
}

Bytes delete_filters(const Hook& hook, const Rank& rank, std::uint32_t handle,
                     std::uint32_t sequence) {
    Attributes attributes;
    attributes.text(TCA_KIND, "u32");
    return route_message(RTM_DELTFILTER, 0, sequence, bytes_of(on(hook, rank, handle)),
                         attributes.take());
}

Bytes dump_filters(const Hook& hook, std::uint32_t sequence) {
    return route_message(RTM_GETTFILTER, NLM_F_DUMP, sequence, bytes_of(on(hook)), {});
}

Bytes add_clsact(int link, std::uint32_t sequence) {
    return about_clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, link, sequence);
}

Bytes delete_clsact(int link, std::uint32_t sequence) {
    return about_clsact(RTM_DELQDISC, 0, link, sequence);
}

Bytes in_one_piece(const std::vector<Bytes>& messages) {
    Bytes all;
    for (const auto& message : messages) {
        if (&message == &messages.back()) {
            auto header = plain_of<nlmsghdr>(message);
            header.nlmsg_flags |= NLM_F_ACK;
            const Bytes start = bytes_of(header);
            all.insert(all.end(), start.begin(), start.end());
            all.insert(all.end(), message.begin() + NLMSG_HDRLEN, message.end());
        } else {
            all.insert(all.end(), message.begin(), message.end());
        }
        all.resize(NLMSG_ALIGN(all.size()));
    }
    return all;
}

std::optional<StandingFilter> read_filter(View message) {
    const auto fixed = fixed_of<tcmsg>(message);
    if (!fixed || type_of(message) != RTM_NEWTFILTER) return std::nullopt;
    const auto attributes = attributes_of(message, sizeof(tcmsg));
    StandingFilter filter;
    const bool leaves = TC_H_MIN(fixed->tcm_parent) == TC_H_MIN(TC_H_MIN_EGRESS);
    filter.side = leaves ? kernel::Side::egress : kernel::Side::ingress;
    filter.kind = text_in(attributes, TCA_KIND);
    filter.rank.priority = static_cast<std::uint16_t>(TC_H_MAJ(fixed->tcm_info) >> 16);
    filter.rank.ether_type = ntohs(static_cast<std::uint16_t>(TC_H_MIN(fixed->tcm_info)));
    filter.handle = fixed->tcm_handle;
    if (filter.kind != "u32") return filter;
    const auto options = nested_at(attributes, TCA_OPTIONS);
    if (filter.handle == 0 || options.contains(TCA_U32_DIVISOR)) return std::nullopt;
    filter.mark = plain_at<std::uint32_t>(options, TCA_U32_CLASSID);
    read_redirect(nested_at(options, TCA_U32_ACT), filter);
    return filter;
}

}  // namespace gameday::devices::netem
