#include "injectors/kernel/nft/nft_encode.hpp"

#include "injectors/kernel/nft/attributes.hpp"
#include "injectors/kernel/nft/nft_terms.hpp"

#include <sys/socket.h>

// Before the headers of linux/, which then leave its types to it.
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gameday::kernel::nft {

namespace {

std::uint8_t number_of(Family family) {
    switch (family) {
        case Family::ip: return NFPROTO_IPV4;
        case Family::ip6: return NFPROTO_IPV6;
        case Family::netdev: break;
    }
    return NFPROTO_NETDEV;
}

std::uint32_t number_of(Hook hook) {
    switch (hook) {
        case Hook::ingress: return NF_NETDEV_INGRESS;
        case Hook::egress: return NF_NETDEV_EGRESS;
        case Hook::prerouting: return NF_INET_PRE_ROUTING;
        case Hook::postrouting: break;
    }
    return NF_INET_POST_ROUTING;
}

struct KeyShape {
    std::uint32_t type;  // how nft(8) calls and prints it; several types are 6 bits each
    std::uint32_t length;
};

KeyShape shape_of(Key key) {
    constexpr std::uint32_t ipv4 = 7;
    constexpr std::uint32_t ipv6 = 8;
    constexpr std::uint32_t ether_type = 10;
    constexpr std::uint32_t port = 13;
    constexpr std::uint32_t bits = 6;
    constexpr std::uint32_t ports = (port << bits) | port;
    switch (key) {
        case Key::ether_type: return {ether_type, 2};
        case Key::ipv4: return {ipv4, 4};
        case Key::ipv6: return {ipv6, 16};
        case Key::port: return {port, 2};
        case Key::tuple4: return {(ipv4 << (2 * bits)) | ports, 12};
        case Key::tuple6: break;
    }
    return {(ipv6 << (2 * bits)) | ports, 24};
}

void encode_element(Attributes& list, const Set& set, const Bytes& key, bool is_end,
                    Duration timeout) {
    list.nest(NFTA_LIST_ELEM, [&](Attributes& element) {
        element.nest(NFTA_SET_ELEM_KEY,
                     [&](Attributes& data) { data.bytes(NFTA_DATA_VALUE, key); });
        if (is_end) element.be32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
        if (set.timeouts && timeout > Duration::zero()) {
            element.be64(
                NFTA_SET_ELEM_TIMEOUT,
                static_cast<std::uint64_t>(
                    std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count()));
        }
    });
}

Bytes elements_message(std::string_view table, const Set& set, const Element* begin,
                       const Element* end) {
    Attributes attributes;
    attributes.text(NFTA_SET_ELEM_LIST_TABLE, table);
    attributes.text(NFTA_SET_ELEM_LIST_SET, set.name);
    attributes.nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&](Attributes& list) {
        for (const auto* each = begin; each != end; ++each) {
            encode_element(list, set, each->key, false, each->timeout);
            if (set.intervals && !each->end.empty()) {
                encode_element(list, set, each->end, true, {});
            }
        }
    });
    return attributes.take();
}

Bytes set_message(const Table& table, const Set& set, std::uint32_t id) {
    const auto shape = shape_of(set.key);
    std::uint32_t flags = 0;
    if (set.intervals) flags |= NFT_SET_INTERVAL;
    if (set.timeouts) flags |= NFT_SET_TIMEOUT;
    if (set.filled_by_rules) flags |= NFT_SET_EVAL;
    Attributes attributes;
    attributes.text(NFTA_SET_TABLE, table.name);
    attributes.text(NFTA_SET_NAME, set.name);
    attributes.be32(NFTA_SET_FLAGS, flags);
    attributes.be32(NFTA_SET_KEY_TYPE, shape.type);
    attributes.be32(NFTA_SET_KEY_LEN, shape.length);
    attributes.be32(NFTA_SET_ID, id);
    if (set.filled_by_rules) {
        attributes.nest(NFTA_SET_DESC, [](Attributes& description) {
            description.be32(NFTA_SET_DESC_SIZE, remembered_most);
        });
    }
    return attributes.take();
}

Bytes chain_message(const Table& table, const Chain& chain) {
    Attributes attributes;
    attributes.text(NFTA_CHAIN_TABLE, table.name);
    attributes.text(NFTA_CHAIN_NAME, chain.name);
    if (!chain.base) return attributes.take();
    attributes.nest(NFTA_CHAIN_HOOK, [&](Attributes& hook) {
        hook.be32(NFTA_HOOK_HOOKNUM, number_of(chain.hook));
        hook.be32(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.priority));
        if (!chain.device.empty()) hook.text(NFTA_HOOK_DEV, chain.device);
    });
    attributes.be32(NFTA_CHAIN_POLICY, NF_ACCEPT);
    attributes.text(NFTA_CHAIN_TYPE, "filter");
    return attributes.take();
}

Bytes rule_message(const Table& table, const Chain& chain, const Rule& rule) {
    Attributes attributes;
    attributes.text(NFTA_RULE_TABLE, table.name);
    attributes.text(NFTA_RULE_CHAIN, chain.name);
    attributes.nest(NFTA_RULE_EXPRESSIONS, [&](Attributes& list) {
        for (const auto& term : rule) encode(term, list);
    });
    return attributes.take();
}

constexpr std::uint16_t nft(std::uint16_t message) {
    return static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | message);
}

}  // namespace

Batch::Batch(std::uint32_t sequence) : next_(sequence) {
    bytes_ =
        message(NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, next_++, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, {});
}

void Batch::add(std::uint16_t type, std::uint16_t flags, Family family, const Bytes& attributes) {
    const auto added = message(nft(type), static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
                               next_++, number_of(family), 0, attributes);
    last_ = bytes_.size();
    bytes_.insert(bytes_.end(), added.begin(), added.end());
}

void Batch::create(const Table& table) {
    Attributes attributes;
    attributes.text(NFTA_TABLE_NAME, table.name);
    attributes.be32(NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    add(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, table.family, attributes.take());
    constexpr std::ptrdiff_t elements_most = 500;  // of one message: its attribute has 16 bits
    std::uint32_t id = 0;
    for (const auto& set : table.sets) {
        add(NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL, table.family, set_message(table, set, ++id));
        const auto* end = set.elements.data() + set.elements.size();
        for (const auto* from = set.elements.data(); from != end;) {
            const auto* to = from + std::min(elements_most, end - from);
            add(NFT_MSG_NEWSETELEM, NLM_F_CREATE, table.family,
                elements_message(table.name, set, from, to));
            from = to;
        }
    }
    for (const auto& chain : table.chains) {
        add(NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, table.family, chain_message(table, chain));
    }
    for (const auto& chain : table.chains) {
        for (const auto& rule : chain.rules) {
            add(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, table.family,
                rule_message(table, chain, rule));
        }
    }
}

void Batch::remove(Family family, std::string_view table) {
    Attributes attributes;
    attributes.text(NFTA_TABLE_NAME, table);
    add(NFT_MSG_DELTABLE, 0, family, attributes.take());
}

void Batch::refresh(Family family, std::string_view table, const Set& set,
                    const std::vector<Element>& elements) {
    const auto* begin = elements.data();
    const auto bytes = elements_message(table, set, begin, begin + elements.size());
    // Deleted and added anew: adding what stands would leave its time as it is.
    add(NFT_MSG_DELSETELEM, 0, family, bytes);
    add(NFT_MSG_NEWSETELEM, NLM_F_CREATE, family, bytes);
}

void Batch::insert(Family family, std::string_view table, const Set& set,
                   const std::vector<Element>& elements) {
    const auto* begin = elements.data();
    add(NFT_MSG_NEWSETELEM, NLM_F_CREATE, family,
        elements_message(table, set, begin, begin + elements.size()));
}

void Batch::erase(Family family, std::string_view table, const Set& set,
                  const std::vector<Element>& elements) {
    const auto* begin = elements.data();
    add(NFT_MSG_DELSETELEM, 0, family,
        elements_message(table, set, begin, begin + elements.size()));
}

Bytes Batch::finish() && {
    if (!empty()) {
        nlmsghdr header{};
        std::memcpy(&header, bytes_.data() + last_, sizeof header);
        header.nlmsg_flags |= NLM_F_ACK;
        std::memcpy(bytes_.data() + last_, &header, sizeof header);
    }
    const auto end =
        message(NFNL_MSG_BATCH_END, NLM_F_REQUEST, next_++, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, {});
    bytes_.insert(bytes_.end(), end.begin(), end.end());
    return std::move(bytes_);
}

}  // namespace gameday::kernel::nft
