// Endpoints, topologies, values and grades.
#include "harness/model/topology.hpp"
#include "harness/model/value.hpp"
#include "harness/model/verdict.hpp"
#include "tests/support/catch.hpp"

#include <limits>

namespace gameday {
namespace {

TEST_CASE("an endpoint is an address and a port, both ways") {
    for (const char* text : {"127.0.1.1:7000", "[::1]:80", "db.example:1"}) {
        INFO(text);
        CHECK(parse_endpoint(text)->text() == text);
    }
    for (const char* text :
         {"", ":80", "a", "a:", "a:0", "a:65536", "a:80x", "::1:80", "[::1:80", "a:-1", "a: 80"}) {
        INFO(text);
        CHECK(parse_endpoint(text).has_error());
    }
}

Topology two_nodes() {
    Topology topology;
    for (const char* name : {"us", "eu"}) {
        const auto region = RegionId::of(topology.regions.size());
        const auto node = NodeId::of(topology.nodes.size());
        topology.regions.push_back({region, name, {node}});
        Node each;
        each.id = node;
        each.name = std::string(name) + "-1";
        each.region = region;
        each.endpoint = {"127.0.0.1", static_cast<std::uint16_t>(7000 + node.index())};
        topology.nodes.push_back(each);
    }
    Link link;
    link.id = LinkId(0);
    link.from_clients = true;
    link.from_region = RegionId(0);
    link.to_node = NodeId(1);
    link.listen = Endpoint{"127.0.0.1", 8000};
    topology.links.push_back(link);
    return topology;
}

TEST_CASE("clients take the hop where there is one, and else the node itself") {
    const auto topology = two_nodes();
    CHECK(topology.client_endpoint(RegionId(0), NodeId(1)).port == 8000);
    CHECK(topology.client_endpoint(RegionId(1), NodeId(1)).port == 7001);
    CHECK(topology.client_endpoint(RegionId(0), NodeId(0)).port == 7000);
}

TEST_CASE("a name means the nodes of a region, or one node, or nobody") {
    const auto topology = two_nodes();
    CHECK(topology.nodes_named("eu") == std::vector<NodeId>{NodeId(1)});
    CHECK(topology.nodes_named("us-1") == std::vector<NodeId>{NodeId(0)});
    CHECK(topology.nodes_named("mars").empty());
    CHECK(topology.node_name(NodeId()) == "?");
    CHECK_FALSE(topology.region_of(NodeId()).known());
}

TEST_CASE("a value knows its kind, and a number is a number either way") {
    double storage = 0;
    CHECK(*Value(3).number(storage) == 3.0);
    CHECK(*Value(2.5).number(storage) == 2.5);
    CHECK(Value("3").number(storage) == nullptr);
    CHECK(Value(3) != Value(3.0));  // what was written is kept apart
    CHECK(Value(List()).kind() == "a list");
    CHECK(Value(Params{{"a", 1}}).find("b") == nullptr);
    CHECK(Value("text").find("a") == nullptr);
}

TargetSpec target(Comparison comparison, double value) {
    TargetSpec result;
    result.comparison = comparison;
    result.value = value;
    return result;
}

Measurement measured(std::optional<Interval<double>> value) {
    Measurement result;
    result.value = value;
    return result;
}

TEST_CASE("a target is met by the whole interval, missed by none of it, else inconclusive") {
    const auto most = target(Comparison::at_most, 3);
    CHECK(grade(most, measured(Interval<double>{1, 3})) == Grade::met);
    CHECK(grade(most, measured(Interval<double>{3, 3.0000001})) == Grade::inconclusive);
    CHECK(grade(most, measured(Interval<double>{3.0000001, 4})) == Grade::missed);
    const auto least = target(Comparison::at_least, 0.99);
    CHECK(grade(least, measured(Interval<double>{0.99, 1})) == Grade::met);
    CHECK(grade(least, measured(Interval<double>{0.98, 0.99})) == Grade::inconclusive);
    CHECK(grade(least, measured(Interval<double>{0.97, 0.98})) == Grade::missed);
}

TEST_CASE("what was not measured or not over is never a pass") {
    const auto most = target(Comparison::at_most, 3);
    const double endless = std::numeric_limits<double>::infinity();
    CHECK(grade(most, measured(std::nullopt)) == Grade::inconclusive);
    CHECK(grade(most, measured(Interval<double>{5, endless})) == Grade::missed);
    CHECK(grade(most, measured(Interval<double>{2, endless})) == Grade::inconclusive);
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    CHECK(grade(most, measured(Interval<double>{nothing, nothing})) == Grade::inconclusive);
}

TEST_CASE("the exit codes are those of the definition") {
    CHECK(exit_code(Verdict::passed) == 0);
    CHECK(exit_code(Verdict::failed) == 1);
    CHECK(exit_code(Verdict::inconclusive) == 2);
    CHECK(exit_code(Verdict::aborted) == 3);
    CHECK(exit_code(Verdict::refused) == 4);
    CHECK(exit_code(Verdict::dirty) == 5);
}

}  // namespace
}  // namespace gameday
