// Operations by key: each once, those of a key together and in order.
#include "harness/view/key_order.hpp"

#include "tests/support/catch.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace key_order_test {

using namespace gameday;

namespace {

struct Row {
    std::uint32_t client, key;
};

Evidence evidence_of(const std::vector<Row>& rows) {
    Evidence evidence;
    evidence.clients = {{RegionId(std::uint16_t{0}), 0}, {RegionId(std::uint16_t{0}), 1}};
    for (const auto& row : rows) {
        Operation operation;
        operation.client = ClientId(row.client);
        operation.key = row.key;
        operation.seq = evidence.operations.size() + 1;
        evidence.operations.push_back(operation);
    }
    return evidence;
}

using Groups = std::vector<std::pair<std::uint16_t, std::vector<std::uint32_t>>>;

Groups groups_of(const std::vector<Row>& rows) {
    const Evidence evidence = evidence_of(rows);
    Scenario scenario;
    scenario.loads.resize(2);
    const Goodness goodness(scenario, evidence);
    Groups groups;
    view::order_by_key(evidence, goodness)
        .for_each_key(evidence, goodness, [&](std::uint16_t load, view::IndexSpan of_key) {
            groups.push_back({load, {of_key.begin(), of_key.end()}});
        });
    return groups;
}

}  // namespace

TEST_CASE("key order: those of a key stand together, the loads apart") {
    const Groups wanted{{0, {1, 3}}, {0, {0}}, {1, {2, 4}}};
    CHECK(groups_of({{0, 2}, {0, 1}, {1, 1}, {0, 1}, {1, 1}}) == wanted);
}

TEST_CASE("key order: keys far above the number of operations") {
    const Groups wanted{{0, {1}}, {0, {0, 2}}, {1, {3}}};
    CHECK(groups_of({{0, 4'000'000'000}, {0, 7}, {0, 4'000'000'000}, {1, 0xffffffff}}) == wanted);
}

TEST_CASE("key order: without operations there is no key") { CHECK(groups_of({}).empty()); }

}  // namespace key_order_test
