// What is told of a target while it is watched, and what is not.
#include "injectors/kernel/prove/target_watch.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace target_watch_test {

using namespace gameday;
using namespace gameday::test;

namespace {

class Watched {
 public:
    explicit Watched(const std::string& host)
        : where_(kernel::Namespace::open(kernel::parse_host(host).value()).value()),
          watch_(kernel::TargetWatch::open(where_).value()) {}

    std::string change() { return watch_->change(where_); }
    bool start_anew() { return watch_->start_anew(where_).has_value(); }
    [[nodiscard]] std::vector<std::string> interfaces() const { return watch_->interfaces(); }

 private:
    kernel::Namespace where_;
    std::unique_ptr<kernel::TargetWatch> watch_;
};

}  // namespace

TEST_CASE("a target that stays what it is has no change", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    Watched watch(hosts.far());
    const auto names = watch.interfaces();
    CHECK(std::ranges::count(names, "wire") == 1);
    CHECK(std::ranges::count(names, "lo") == 1);
    CHECK(watch.change() == "");
    // Addresses, routes and states of what is known; what stays down; what gameday makes.
    REQUIRE(hosts.at_far("ip addr add 10.98.0.1/24 dev wire && ip link set wire mtu 1400 && "
                         "ip link set wire down && ip link set wire up") == 0);
    REQUIRE(hosts.at_far("ip link add idle type veth peer name gdpeer && ip link del idle") == 0);
    REQUIRE(hosts.at_far("ip link add gd123 type veth peer name gdpeer && ip link set gd123 up && "
                         "ip link del gd123") == 0);
    CHECK(watch.change() == "");
}

TEST_CASE("an interface that appears, goes or is renamed is told, even when it is over",
          "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto said_after = [&](const std::string& command) {
        Watched watch(hosts.far());
        REQUIRE(hosts.at_far(command) == 0);
        return watch.change();
    };
    CHECK(said_after("ip link add extra type veth peer name gdpeer && ip link set extra up && ip "
                     "link del extra") ==
          "the interface extra appeared in " + hosts.far() +
              " while the fault was in force: its packets were not touched");
    REQUIRE(hosts.at_far("ip link add extra type veth peer name gdpeer") == 0);
    CHECK(said_after("ip link set extra name other && ip link set other name extra") ==
          "the interface extra of " + hosts.far() +
              " was renamed to other while the fault was in force: its packets may have passed "
              "untouched");
    CHECK(said_after("ip link del extra") ==
          "the interface extra of " + hosts.far() + " has gone while the fault was in force");
}

TEST_CASE("watched anew, what is there by now is known", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    Watched watch(hosts.far());
    REQUIRE(hosts.at_far("ip link add extra type veth peer name gdpeer && ip link set extra up") ==
            0);
    CHECK(watch.change() != "");
    REQUIRE(watch.start_anew());
    CHECK(watch.change() == "");
    CHECK(std::ranges::count(watch.interfaces(), "extra") == 1);
}

TEST_CASE("more changes than anybody can follow are told, not forgotten", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    Watched watch(hosts.far());
    // Each is an event, of what is known: nothing to tell but that there were too many.
    REQUIRE(hosts.at_far("(for i in $(seq 20000); do echo link set wire mtu $((1400 + i % 2)); "
                         "done) | ip -batch -") == 0);
    CHECK(watch.change() ==
          "the interfaces of " + hosts.far() + " changed too often to be followed");
}

TEST_CASE("a process that ends and a name that goes are told as the end of the target",
          "[kernel]") {
    if (unable()) return;
    TwoHosts hosts;
    const auto host = hosts.far();
    Watched watch(host);
    CHECK(watch.change() == "");
    hosts.end_far();
    CHECK(watch.change() ==
          "the process " + host.substr(4) + " has ended while the fault was in force");

    const auto name = fmt::format("gameday-test-{}", ::getpid());
    if (std::system(("ip netns add " + name).c_str()) != 0) {
        skip_or_fail("no named namespaces can be made here");
        return;
    }
    Watched named("netns:" + name);
    CHECK(named.change() == "");
    CHECK(std::system(("ip netns del " + name).c_str()) == 0);
    CHECK(named.change() ==
          "the network namespace " + name + " has gone while the fault was in force");
}

}  // namespace target_watch_test
