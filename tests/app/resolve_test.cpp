#include "harness/app/resolve.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <algorithm>

namespace resolve_test {

using namespace gameday;

namespace {

using Texts = std::vector<std::string>;

// One node that serves at `endpoint`.
Topology node_at(const std::string& endpoint, const Texts& addresses) {
    Topology topology;
    Node node;
    node.name = "db1";
    node.endpoint.address = endpoint;
    node.endpoint.port = 5432;
    node.addresses = addresses;
    topology.nodes.push_back(node);
    return topology;
}

}  // namespace

TEST_CASE("a name becomes all its addresses, once each, and numbers stay") {
    auto topology = node_at("10.0.0.7", {"10.0.0.7", "localhost", "127.0.0.1", "fd00::/64"});
    Texts spare{"localhost"};
    REQUIRE(app::resolve_names(topology, spare));
    const auto& addresses = topology.nodes[0].addresses;
    CHECK(std::count(addresses.begin(), addresses.end(), "127.0.0.1") == 1);
    CHECK(addresses.front() == "10.0.0.7");
    CHECK(addresses.back() == "fd00::/64");
    CHECK(std::find(spare.begin(), spare.end(), "127.0.0.1") != spare.end());
    for (const auto& each : addresses) CHECK(check_address(each));
}

TEST_CASE("a declared name without an address is refused, with the node that declares it") {
    auto topology = node_at("10.0.0.7", {"no-such-host.invalid"});
    Texts spare;
    const auto resolved = app::resolve_names(topology, spare);
    REQUIRE_FALSE(resolved);
    CHECK(resolved.error().code == ErrorCode::refused);
    CHECK_THAT(resolved.error().message,
               Catch::Matchers::StartsWith("db1: the name no-such-host.invalid has no address"));
    topology = node_at("10.0.0.7", {});
    spare = {"no-such-host.invalid"};
    CHECK_FALSE(app::resolve_names(topology, spare));
}

TEST_CASE("an endpoint's name that nobody knows is no hindrance where no packet is touched") {
    auto topology = node_at("no-such-host.invalid", {"no-such-host.invalid"});
    Texts spare;
    REQUIRE(app::resolve_names(topology, spare));
    CHECK(topology.nodes[0].addresses.empty());
}

}  // namespace resolve_test
