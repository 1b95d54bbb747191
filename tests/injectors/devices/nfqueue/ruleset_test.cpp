#include "injectors/devices/nfqueue/ruleset.hpp"

#include "injectors/kernel/nft/nft.hpp"
#include "tests/support/catch.hpp"

namespace ruleset_test {

using namespace gameday;
using namespace gameday::devices;
using namespace std::chrono_literals;

namespace {

nfqueue::Rule rule_with(std::vector<std::string> peers, std::vector<kernel::Side> sides) {
    nfqueue::Rule rule;
    for (const auto side : sides) {
        kernel::Flow flow;
        flow.side = side;
        flow.peers = peers;
        rule.flows.push_back(flow);
    }
    return rule;
}

std::size_t position(const kernel::nft::Table& table, std::string_view text) {
    return kernel::nft::table_text(table).find(text);
}

}  // namespace

TEST_CASE("nfqueue: there is a table for each family that the flows have, and no other") {
    using enum kernel::Side;
    using kernel::nft::Family;
    const auto families = [](std::vector<std::string> peers) {
        std::vector<Family> result;
        const auto rule = rule_with(std::move(peers), {ingress, egress});
        for (const auto& table : nfqueue::tables_of(rule, {"t", 7, 0, false})) {
            result.push_back(table.family);
            CHECK(table.chains.size() == 2);
        }
        return result;
    };
    CHECK(families({"10.0.0.1"}) == std::vector{Family::ip});
    CHECK(families({"fd00::1"}) == std::vector{Family::ip6});
    CHECK(families({"10.0.0.1", "fd00::1"}) == std::vector{Family::ip, Family::ip6});
}

TEST_CASE("nfqueue: what is never touched passes before anything is queued") {
    using enum kernel::Side;
    auto rule = rule_with({"10.0.0.1"}, {egress});
    rule.flows[0].spare = {"10.0.0.9"};
    const auto tables = nfqueue::tables_of(rule, {"t", 7, 0, false});
    REQUIRE(tables.size() == 1);
    const auto queue = position(tables[0], "queue");
    REQUIRE(queue != std::string::npos);
    CHECK(position(tables[0], "mark") < queue);  // Our own copies.
    CHECK(position(tables[0], "out_spare4") < queue);
    CHECK(position(tables[0], "oiftype loopback") == std::string::npos);
    rule.flows[0].peers.clear();
    rule.flows[0].everything = true;
    const auto all = nfqueue::tables_of(rule, {"t", 7, 0, false});
    REQUIRE(all.size() == 2);
    CHECK(position(all[1], "oiftype loopback") < position(all[1], "queue"));
}

}  // namespace ruleset_test
