#include "injectors/devices/netem/clsact/encode.hpp"

#include "injectors/devices/netem/clsact/ranks.hpp"
#include "tests/injectors/devices/netem/recorded.hpp"
#include "tests/support/catch.hpp"

#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>

#include <set>
#include <string>
#include <vector>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using kernel::Side;
using netem::Hook;
using netem::Match;
using netem::NewFilter;
using netem::Rank;

namespace {

constexpr std::uint32_t mark = 0x1a2b'0000;
constexpr int lo = 1, ifb = 2;  // where the messages of tc were recorded

// libnl marks each nest, tc only some; the sequence number is the caller's.
netem::Bytes plain(netem::Bytes bytes, const std::vector<std::size_t>& nests = {}) {
    for (const auto at : nests) bytes.at(at + 1) &= 0x7f;
    auto header = netem::plain_of<nlmsghdr>(bytes);
    header.nlmsg_seq = 0;
    header.nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ACK);
    const auto start = netem::bytes_of(header);
    std::copy(start.begin(), start.end(), bytes.begin());
    return bytes;
}

// Where the types of nests stand in a filter: of the options, and of the actions in them.
const std::vector<std::size_t> led{0x2e, 0x3a, 0x3e, 0x4e}, passed{0x2e};

Match udp_to(const char* address) {
    Match match;
    match.v6 = true;
    match.protocol = 17;
    match.destination = kernel::parse_prefix(address).value();
    match.destination_port = 7000;
    return match;
}

}  // namespace

TEST_CASE("filters are told to the kernel byte for byte as tc does") {
    Match wide;
    wide.destination = kernel::parse_prefix("10.0.0.0/8").value();
    const Hook egress{lo, Side::egress};
    const Rank v4{51501, ETH_P_IP}, v6{51502, ETH_P_IPV6};
    CHECK(plain(netem::add_filter({egress, v4, 1, mark, ifb, keys_of(wide).at(0)}, 7), led) ==
          plain(recorded("filter_redirect4"), led));
    Match ssh;
    ssh.protocol = 6;
    ssh.source_port = 22;
    CHECK(plain(netem::add_filter({{lo, Side::ingress}, v4, 2, mark, 0, keys_of(ssh).at(0)}, 7),
                passed) == plain(recorded("filter_ssh4"), passed));
    CHECK(plain(netem::add_filter({egress, v6, 1, mark, ifb, keys_of(udp_to("fd99::2")).at(0)}, 7),
                led) == plain(recorded("filter_redirect6"), led));
    CHECK(plain(netem::delete_filters(egress, v4, 0, 7)) == plain(recorded("filter_delete4")));
    CHECK(plain(netem::add_clsact(lo, 7)) == plain(recorded("clsact_add")));
    CHECK(plain(netem::delete_clsact(lo, 7)) == plain(recorded("clsact_delete")));
}

TEST_CASE("ports of IPv6 are looked for behind a fragment's header too, IPv4 options get passed") {
    const auto keys = keys_of(udp_to("fd99::2"));
    REQUIRE(keys.size() == 2);
    CHECK(keys[1].front() == netem::Key{0x0000'ff00, 44U << 8, 4});
    CHECK(keys[1].back() == netem::Key{0x0000'ffff, 7000, 48});
    Match options;
    options.has_options = true;
    CHECK(keys_of(options) ==
          std::vector<std::vector<netem::Key>>{{{0x0e00'0000, 0x0600'0000, 0}},
                                               {{0x0800'0000, 0x0800'0000, 0}}});
    CHECK(keys_of(Match{}) == std::vector<std::vector<netem::Key>>{{{0, 0, 0}}});
}

TEST_CASE("of messages sent in one piece only the last is answered when all is well") {
    const auto one = netem::add_clsact(1, 1), two = netem::delete_filters({1, {}}, {1, 2}, 0, 2);
    const auto both = netem::in_one_piece({one, two});
    REQUIRE(both.size() == one.size() + two.size());
    const netem::View view(both);
    CHECK((netem::plain_of<nlmsghdr>(view).nlmsg_flags & NLM_F_ACK) == 0);
    CHECK((netem::plain_of<nlmsghdr>(view.subspan(one.size())).nlmsg_flags & NLM_F_ACK) != 0);
}

TEST_CASE("no two kinds of our filters share a priority, and all are known for ours") {
    std::set<std::uint16_t> priorities;
    for (const auto side : {Side::ingress, Side::egress}) {
        CHECK(priorities.insert(netem::claim_rank(side).priority).second);
        // The kernel gives by itself what is one below the first, and nothing between.
        CHECK(netem::claim_rank(side).priority == netem::own_priority(side));
        CHECK(netem::own_priority(side) > 0xc000);
        for (const int slot : {0, 1}) {
            for (const bool v6 : {false, true}) {
                netem::StandingFilter filter;
                filter.side = side;
                filter.rank = netem::slot_rank(side, slot, v6);
                CHECK(priorities.insert(filter.rank.priority).second);
                CHECK(netem::has_own_priority(filter));
                CHECK(netem::is_in_slot(filter, slot));
                CHECK_FALSE(netem::is_in_slot(filter, 1 - slot));
                filter.side = side == Side::egress ? Side::ingress : Side::egress;
                CHECK_FALSE(netem::has_own_priority(filter));
            }
        }
    }
    CHECK(netem::mark_of("/runs/1") != netem::mark_of("/runs/2"));
    CHECK((netem::mark_of("/runs/1") & 0xffff) == 0);
    CHECK(netem::mark_of("/runs/1") != 0);
}

TEST_CASE("what is no filter, or cut off, is read as none") {
    CHECK_FALSE(netem::read_filter(netem::add_clsact(1, 1)).has_value());
    auto filter = netem::add_filter({{lo, Side::egress}, {51501, ETH_P_IP}, 3, mark, ifb, {{}}}, 1);
    const auto read = netem::read_filter(filter);
    REQUIRE(read.has_value());
    CHECK(read->rank == Rank{51501, ETH_P_IP});
    CHECK(read->mark == mark);
    CHECK(read->target == ifb);
    for (std::size_t size = 0; size < filter.size(); ++size) {
        (void)netem::read_filter(netem::View(filter).first(size));
    }
}
