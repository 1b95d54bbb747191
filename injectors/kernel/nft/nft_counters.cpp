#include "injectors/kernel/nft/nft_counters.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <endian.h>
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gameday::kernel::nft {

namespace {

// The attributes of a rule or an expression, by type; those above `most` are left out.
template <std::size_t most>
std::array<nlattr*, most + 1> attributes_of(const std::uint8_t* first, std::size_t size) {
    std::array<nlattr*, most + 1> found{};
    auto* const head = reinterpret_cast<nlattr*>(const_cast<std::uint8_t*>(first));
    nla_parse(found.data(), most, head, static_cast<int>(size), nullptr);
    return found;
}

template <std::size_t most>
std::array<nlattr*, most + 1> members_of(const nlattr* nest) {
    return attributes_of<most>(static_cast<const std::uint8_t*>(nla_data(nest)),
                               static_cast<std::size_t>(nla_len(nest)));
}

std::optional<std::uint64_t> packets_of(const nlattr* expression) {
    const auto element = members_of<NFTA_EXPR_MAX>(expression);
    if (text_of(element[NFTA_EXPR_NAME]) != "counter" || element[NFTA_EXPR_DATA] == nullptr) {
        return std::nullopt;
    }
    const auto data = members_of<NFTA_COUNTER_MAX>(element[NFTA_EXPR_DATA]);
    if (data[NFTA_COUNTER_PACKETS] == nullptr) return std::nullopt;
    std::uint64_t packets = 0;
    std::memcpy(&packets, nla_data(data[NFTA_COUNTER_PACKETS]), sizeof packets);
    return be64toh(packets);
}

using RuleAttributes = std::array<nlattr*, NFTA_RULE_EXPRESSIONS + 1>;

RuleAttributes rule_of(const Bytes& answer) {
    constexpr std::size_t headers = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
    if (answer.size() < headers) return {};
    return attributes_of<NFTA_RULE_EXPRESSIONS>(answer.data() + headers, answer.size() - headers);
}

}  // namespace

Bytes dump_rules(Family family, std::string_view table, std::uint32_t sequence) {
    Attributes attributes;
    attributes.text(NFTA_RULE_TABLE, table);
    const std::uint8_t number = family == Family::ip    ? NFPROTO_IPV4
                                : family == Family::ip6 ? NFPROTO_IPV6
                                                        : NFPROTO_NETDEV;
    return message((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE, NLM_F_REQUEST | NLM_F_DUMP,
                   sequence, number, 0, attributes.take());
}

std::optional<Counted> counted(const Bytes& answer, std::string_view table) {
    const auto rule = rule_of(answer);
    if (text_of(rule[NFTA_RULE_TABLE]) != table || rule[NFTA_RULE_EXPRESSIONS] == nullptr) {
        return std::nullopt;
    }
    const auto* list = rule[NFTA_RULE_EXPRESSIONS];
    int left = nla_len(list);
    for (auto* each = static_cast<nlattr*>(nla_data(list)); nla_ok(each, left) != 0;
         each = nla_next(each, &left)) {
        if (const auto packets = packets_of(each)) {
            return Counted{std::string(text_of(rule[NFTA_RULE_CHAIN])), *packets};
        }
    }
    return std::nullopt;
}

std::size_t rules_of_table(const std::vector<Bytes>& answers, std::string_view table) {
    return static_cast<std::size_t>(std::ranges::count_if(answers, [&](const Bytes& answer) {
        return text_of(rule_of(answer)[NFTA_RULE_TABLE]) == table;
    }));
}

}  // namespace gameday::kernel::nft
