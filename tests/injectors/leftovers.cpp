#include "tests/injectors/leftovers.hpp"

#include "injectors/devices/netem/encode.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/kernel/nft/attributes.hpp"
#include "injectors/kernel/nft/netlink.hpp"

#include <sys/socket.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

namespace gameday::test {

namespace netem = devices::netem;

namespace {

void add_tables(const kernel::Namespace& where, std::string& text) {
    auto filter = kernel::Netlink::open(where, NETLINK_NETFILTER);
    const auto answers = filter.value().dump(
        kernel::message((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE, NLM_F_REQUEST | NLM_F_DUMP,
                        filter.value().next_sequence(1), AF_UNSPEC, 0, {}));
    for (const auto& answer : answers.value()) {
        const auto attributes = netem::attributes_of(answer, sizeof(nfgenmsg));
        text += "table " + netem::text_in(attributes, NFTA_TABLE_NAME) + " ";
    }
}

}  // namespace

std::string leftovers_at(const std::string& host) {
    std::string text;
    const auto where = kernel::Namespace::open(kernel::parse_host(host).value());
    add_tables(where.value(), text);
    auto route = kernel::Netlink::open(where.value(), NETLINK_ROUTE);
    const auto links = netem::links(route.value());
    for (const auto& link : links.value()) {
        if (link.kind == "ifb") text += "interface " + link.name + " ";
    }
    const auto qdiscs = route.value().dump(netem::dump_qdiscs(route.value().next_sequence(1)));
    for (const auto& answer : qdiscs.value()) {
        const auto standing = netem::read_qdisc(answer);
        if (standing && (standing->settings || standing->place.handle == netem::splitter_handle)) {
            text += "qdisc " + standing->kind + " ";
        }
    }
    return text;
}

}  // namespace gameday::test
