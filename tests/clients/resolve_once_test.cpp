#include "harness/ports/client_behaviour.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <cstddef>
#include <vector>

namespace resolve_once_test {

using namespace gameday;
using namespace std::chrono_literals;

TEST_CASE("a client that resolves once goes where the route leads, whatever it did before") {
    const auto behaviour = clients::resolve_once.behave({});
    REQUIRE(behaviour.has_value());
    Topology topology;
    RegionView view{{true, true}, {true, false}};
    // The first healthy node, and all others behind it.
    const RouteOrder route = [](const RouteQuestion& question) {
        std::vector<NodeId> nodes;
        for (std::size_t i = 0; i < question.view.healthy.size(); ++i) {
            if (question.view.healthy[i]) nodes.push_back(NodeId::of(i));
        }
        return nodes;
    };
    const RouteQuestion asked{topology, view, RegionId(0)};
    const ClientHold before{NodeId(1), at(2s), true};
    const auto ask = [&](Instant now) { return (*behaviour)({route, asked, before, now}); };
    CHECK(ask(at(3s)).nodes == std::vector<NodeId>{NodeId(0), NodeId(1)});
    CHECK(ask(at(3s)).held == before);
    view.healthy[0] = false;
    CHECK(ask(at(3s)).nodes == std::vector<NodeId>{NodeId(1)});
    view.healthy[1] = false;
    CHECK(ask(at(9s)).nodes.empty());
}

TEST_CASE("a behaviour without parameters refuses what it is given") {
    const auto behaviour = clients::resolve_once.behave({{"ttl", Value("5s")}});
    REQUIRE(behaviour.has_error());
    CHECK(behaviour.error().code == ErrorCode::invalid);
    CHECK(behaviour.error().message.find("ttl: ") == 0);
}

}  // namespace resolve_once_test
