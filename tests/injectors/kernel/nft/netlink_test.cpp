// What the kernel says when it refuses.
#include "injectors/kernel/nft/netlink.hpp"
#include "injectors/devices/netem/route_message.hpp"
#include "injectors/kernel/nft/attributes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>

namespace netlink_test {

using namespace gameday;
using namespace gameday::test;
namespace netem = gameday::devices::netem;

TEST_CASE("an error carries the kernel's own words, and its number", "[kernel]") {
    const auto scratch = kernel::Namespace::scratch();
    if (!scratch) {
        skip_or_fail(scratch.error().message);
        return;
    }
    auto route = kernel::Netlink::open(*scratch, NETLINK_ROUTE).value();
    tcmsg on_loopback{};
    on_loopback.tcm_ifindex = 1;
    on_loopback.tcm_parent = TC_H_ROOT;
    kernel::Attributes attributes;
    attributes.text(TCA_KIND, "no-such-kind");
    const auto refused =
        route.send(netem::route_message(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
                                        route.next_sequence(1), netem::bytes_of(on_loopback),
                                        attributes.take()),
                   1);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().message ==
          "the kernel says ENOENT (No such file or directory): Specified qdisc kind is unknown");
    CHECK(route.error_number() == ENOENT);
}

}  // namespace netlink_test
