#include "injectors/devices/common/kernel/nft_encode.hpp"

#include "injectors/devices/common/kernel/attributes.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gameday::devices::kernel::nft {

namespace {

// What a tuple's registers hold in 4-byte steps: the address, then two ports.
constexpr std::uint32_t tuple_register = NFT_REG32_00;

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

// An expression of a rule: its name, and what `fill` writes as its data.
template <class Fill>
void expression(Attributes& rule, const char* name, const Fill& fill) {
    rule.nest(NFTA_LIST_ELEM, [&](Attributes& element) {
        element.text(NFTA_EXPR_NAME, name);
        element.nest(NFTA_EXPR_DATA, fill);
    });
}

void load_meta(Attributes& rule, std::uint32_t key, std::uint32_t to = NFT_REG_1) {
    expression(rule, "meta", [&](Attributes& data) {
        data.be32(NFTA_META_DREG, to);
        data.be32(NFTA_META_KEY, key);
    });
}

void load_payload(Attributes& rule, std::uint32_t base, std::uint32_t offset, std::uint32_t length,
                  std::uint32_t to = NFT_REG_1) {
    expression(rule, "payload", [&](Attributes& data) {
        data.be32(NFTA_PAYLOAD_DREG, to);
        data.be32(NFTA_PAYLOAD_BASE, base);
        data.be32(NFTA_PAYLOAD_OFFSET, offset);
        data.be32(NFTA_PAYLOAD_LEN, length);
    });
}

void compare(Attributes& rule, const Bytes& value, std::uint32_t operation = NFT_CMP_EQ) {
    expression(rule, "cmp", [&](Attributes& data) {
        data.be32(NFTA_CMP_SREG, NFT_REG_1);
        data.be32(NFTA_CMP_OP, operation);
        data.nest(NFTA_CMP_DATA, [&](Attributes& inner) { inner.bytes(NFTA_DATA_VALUE, value); });
    });
}

void look_up(Attributes& rule, const std::string& set, std::uint32_t from = NFT_REG_1,
             bool inverted = false) {
    expression(rule, "lookup", [&](Attributes& data) {
        data.text(NFTA_LOOKUP_SET, set);
        data.be32(NFTA_LOOKUP_SREG, from);
        if (inverted) data.be32(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    });
}

void verdict(Attributes& rule, std::int32_t code, const std::string& chain = {}) {
    expression(rule, "immediate", [&](Attributes& data) {
        data.be32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        data.nest(NFTA_IMMEDIATE_DATA, [&](Attributes& value) {
            value.nest(NFTA_DATA_VERDICT, [&](Attributes& inner) {
                inner.be32(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
                if (!chain.empty()) inner.text(NFTA_VERDICT_CHAIN, chain);
            });
        });
    });
}

void reject(Attributes& rule, std::uint32_t type, std::uint8_t code) {
    expression(rule, "reject", [&](Attributes& data) {
        data.be32(NFTA_REJECT_TYPE, type);
        data.u8(NFTA_REJECT_ICMP_CODE, code);
    });
}

void load_address(Attributes& rule, bool v6, bool source, std::uint32_t to = NFT_REG_1) {
    const std::uint32_t offset = v6 ? (source ? 8 : 24) : (source ? 12 : 16);
    load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, v6 ? 16 : 4, to);
}

void load_port(Attributes& rule, bool source, std::uint32_t to = NFT_REG_1) {
    load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, source ? 0 : 2, 2, to);
}

void load_tuple(Attributes& rule, bool v6, bool source) {
    load_address(rule, v6, source, tuple_register);
    const std::uint32_t ports = tuple_register + (v6 ? 4 : 1);
    load_port(rule, source, ports);
    load_port(rule, !source, ports + 1);
}

void queue_by_target(Attributes& rule, std::uint16_t number) {
    // xt_NFQ_info_v3, padded to 8 bytes: first queue, how many, flags (1: bypass).
    const std::array<std::uint16_t, 4> info{number, 1, 1, 0};
    Bytes bytes(sizeof info);
    std::memcpy(bytes.data(), info.data(), sizeof info);
    expression(rule, "target", [&](Attributes& data) {
        data.text(NFTA_TARGET_NAME, "NFQUEUE");
        data.be32(NFTA_TARGET_REV, 3);
        data.bytes(NFTA_TARGET_INFO, bytes);
    });
}

Bytes in_host_order(std::uint32_t number) {
    Bytes bytes(sizeof number);
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

struct TermEncoder {
    Attributes& rule;

    void operator()(const InLease& term) const {
        load_meta(rule, NFT_META_PROTOCOL);
        look_up(rule, term.set);
    }
    void operator()(const IsFamily& term) const {
        load_meta(rule, NFT_META_PROTOCOL);
        compare(rule, term.v6 ? Bytes{0x86, 0xdd} : Bytes{0x08, 0x00});
    }
    void operator()(const AddressIn& term) const {
        load_address(rule, term.v6, term.source);
        look_up(rule, term.set);
    }
    void operator()(const IsProtocol& term) const {
        load_meta(rule, NFT_META_L4PROTO);
        compare(rule, {term.number});
    }
    void operator()(const PortIn& term) const {
        load_port(rule, term.source);
        look_up(rule, term.set);
    }
    void operator()(const IsNeighbourDiscovery&) const {
        load_meta(rule, NFT_META_L4PROTO);
        compare(rule, {58});
        load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        compare(rule, {133}, NFT_CMP_GTE);
        compare(rule, {137}, NFT_CMP_LTE);
    }
    void operator()(const HasSyn&) const {
        load_meta(rule, NFT_META_L4PROTO);
        compare(rule, {6});
        load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
        expression(rule, "bitwise", [](Attributes& data) {
            data.be32(NFTA_BITWISE_SREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_DREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_LEN, 1);
            data.nest(NFTA_BITWISE_MASK, [](Attributes& to) { to.bytes(NFTA_DATA_VALUE, {0x02}); });
            data.nest(NFTA_BITWISE_XOR, [](Attributes& to) { to.bytes(NFTA_DATA_VALUE, {0x00}); });
        });
        compare(rule, {0}, NFT_CMP_NEQ);
    }
    void operator()(const HasMark& term) const {
        load_meta(rule, NFT_META_MARK);
        compare(rule, in_host_order(term.mark), term.negated ? NFT_CMP_NEQ : NFT_CMP_EQ);
    }
    void operator()(const NotRemembered& term) const {
        load_tuple(rule, term.v6, term.source);
        look_up(rule, term.set, tuple_register, true);
    }
    void operator()(const Remember& term) const {
        load_tuple(rule, term.v6, term.source);
        expression(rule, "dynset", [&](Attributes& data) {
            data.text(NFTA_DYNSET_SET_NAME, term.set);
            data.be32(NFTA_DYNSET_OP, NFT_DYNSET_OP_ADD);
            data.be32(NFTA_DYNSET_SREG_KEY, tuple_register);
        });
    }
    void operator()(const Count&) const {
        expression(rule, "counter", [](Attributes&) {});
    }
    void operator()(const Drop&) const { verdict(rule, NF_DROP); }
    void operator()(const Accept&) const { verdict(rule, NF_ACCEPT); }
    void operator()(const Reset&) const { reject(rule, NFT_REJECT_TCP_RST, 0); }
    void operator()(const Reject&) const {
        reject(rule, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
    }
    void operator()(const Goto& term) const { verdict(rule, NFT_GOTO, term.chain); }
    void operator()(const ForwardTo& term) const {
        expression(rule, "immediate", [&](Attributes& data) {
            data.be32(NFTA_IMMEDIATE_DREG, NFT_REG_1);
            data.nest(NFTA_IMMEDIATE_DATA, [&](Attributes& value) {
                value.bytes(NFTA_DATA_VALUE, in_host_order(term.index));
            });
        });
        expression(rule, "fwd", [](Attributes& data) { data.be32(NFTA_FWD_SREG_DEV, NFT_REG_1); });
    }
    void operator()(const Queue& term) const {
        if (term.compat) return queue_by_target(rule, term.number);
        expression(rule, "queue", [&](Attributes& data) {
            data.be16(NFTA_QUEUE_NUM, term.number);
            data.be16(NFTA_QUEUE_TOTAL, 1);
            data.be16(NFTA_QUEUE_FLAGS, NFT_QUEUE_FLAG_BYPASS);
        });
    }
};

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
        for (const auto& term : rule) std::visit(TermEncoder{list}, term);
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
    const auto added =
        message(nft(type), static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), next_++,
                number_of(family), 0, attributes);
    bytes_.insert(bytes_.end(), added.begin(), added.end());
    ++changes_;
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

Bytes Batch::finish() && {
    const auto end =
        message(NFNL_MSG_BATCH_END, NLM_F_REQUEST, next_++, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, {});
    bytes_.insert(bytes_.end(), end.begin(), end.end());
    return std::move(bytes_);
}

}  // namespace gameday::devices::kernel::nft
