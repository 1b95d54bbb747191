#include "injectors/kernel/nft/nft_terms.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <array>
#include <cstring>

namespace gameday::kernel::nft {

namespace {

// What a tuple's registers hold in 4-byte steps: the address, then two ports.
constexpr std::uint32_t tuple_register = NFT_REG32_00;

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
    void operator()(const HasFlag& term) const {
        load_meta(rule, NFT_META_L4PROTO);
        compare(rule, {6});
        load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
        const auto mask = static_cast<std::uint8_t>(term.flag);
        expression(rule, "bitwise", [mask](Attributes& data) {
            data.be32(NFTA_BITWISE_SREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_DREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_LEN, 1);
            data.nest(NFTA_BITWISE_MASK,
                      [mask](Attributes& to) { to.bytes(NFTA_DATA_VALUE, {mask}); });
            data.nest(NFTA_BITWISE_XOR, [](Attributes& to) { to.bytes(NFTA_DATA_VALUE, {0x00}); });
        });
        compare(rule, {0}, NFT_CMP_NEQ);
    }
    void operator()(const OverLoopback& term) const {
        load_meta(rule, term.incoming ? NFT_META_IIFTYPE : NFT_META_OIFTYPE);
        const std::uint16_t loopback = ARPHRD_LOOPBACK;
        Bytes type(sizeof loopback);
        std::memcpy(type.data(), &loopback, sizeof loopback);
        compare(rule, type);
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

}  // namespace

void encode(const Term& term, Attributes& rule) { std::visit(TermEncoder{rule}, term); }

}  // namespace gameday::kernel::nft
