#include "harness/app/name_book.hpp"

#include "harness/app/resolve.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

namespace name_book_test {

using namespace gameday;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

Topology one_node(const Texts& addresses) {
    Topology topology;
    Node node;
    node.name = "db1";
    node.addresses = addresses;
    topology.nodes.push_back(node);
    return topology;
}

}  // namespace

TEST_CASE("a name that has moved since it was looked up is followed, and told") {
    auto topology = one_node({"localhost"});
    Texts spare{"localhost", "10.0.0.5"};
    const app::NameBook names(topology, spare);
    REQUIRE(app::resolve_names(topology, spare));
    const auto now = topology.nodes[0].addresses;
    const auto spared = spare;
    REQUIRE_FALSE(now.empty());
    CHECK(names.refresh(topology, spare, 5s).empty());  // nothing has moved
    CHECK(topology.nodes[0].addresses == now);
    // As if it had been elsewhere when the scenario was loaded.
    topology.nodes[0].addresses = {"10.0.0.7"};
    spare = {"10.0.0.8"};
    const auto told = names.refresh(topology, spare, 5s);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0],
               Catch::Matchers::StartsWith("db1 has moved: 10.0.0.7 before, now 127.0.0.1"));
    CHECK(topology.nodes[0].addresses == now);
    CHECK(spare == spared);
}

TEST_CASE("numbers are not looked up again") {
    auto topology = one_node({"10.0.0.7"});
    Texts spare{"10.0.0.8"};
    const app::NameBook names(topology, spare);
    topology.nodes[0].addresses = {"10.0.0.9"};
    CHECK(names.refresh(topology, spare, 5s).empty());
    CHECK(topology.nodes[0].addresses == Texts{"10.0.0.9"});
}

TEST_CASE("a name that nobody knows any more leaves the addresses found before, and that is told") {
    auto topology = one_node({"no-such-host.invalid"});
    Texts spare;
    const app::NameBook names(topology, spare);
    topology.nodes[0].addresses = {"10.0.0.7"};
    const auto told = names.refresh(topology, spare, 20s);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Matchers::Contains("no-such-host.invalid has no address") &&
                            Catch::Matchers::EndsWith("the addresses found before are used"));
    CHECK(topology.nodes[0].addresses == Texts{"10.0.0.7"});
}

TEST_CASE("an endpoint whose name nobody knows any more keeps the addresses found before") {
    auto topology = one_node({"no-such-host.invalid"});
    topology.nodes[0].endpoint.address = "no-such-host.invalid";
    Texts spare;
    const app::NameBook names(topology, spare);
    topology.nodes[0].addresses = {"10.0.0.7"};
    const auto told = names.refresh(topology, spare, 20s);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == "db1 could not be looked up again: the addresses found before are used");
    CHECK(topology.nodes[0].addresses == Texts{"10.0.0.7"});
}

TEST_CASE("a resolver that does not answer in time holds nobody up, and that is told") {
    auto topology = one_node({"localhost"});
    Texts spare;
    const app::NameBook names(topology, spare);
    topology.nodes[0].addresses = {"10.0.0.7"};
    Texts told;
    // This thread may be put to sleep for so long that the answer is there all the same.
    for (int tries = 0; tries < 100 && told.empty(); ++tries) {
        topology.nodes[0].addresses = {"10.0.0.7"};
        told = names.refresh(topology, spare, 0s);
        if (told.size() == 1 && told[0].starts_with("db1 has moved")) told.clear();
    }
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Matchers::StartsWith("names could not be looked up again within"));
    CHECK(topology.nodes[0].addresses == Texts{"10.0.0.7"});
}

}  // namespace name_book_test
