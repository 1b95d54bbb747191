#include "injectors/kernel/steer/steering.hpp"

#include "harness/base/random.hpp"
#include "injectors/devices/firewall/ruleset.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace steering_test {

using namespace gameday;
using namespace gameday::kernel;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;

namespace {

bool holds(const std::vector<nft::Element>& elements, const nft::Bytes& address) {
    return std::any_of(elements.begin(), elements.end(), [&](const nft::Element& element) {
        return element.key <= address && (element.end.empty() || address < element.end);
    });
}

bool covers(const Prefix& prefix, const nft::Bytes& address) {
    Prefix cut{prefix.v6, address, prefix.length};
    return parse_prefix(prefix_text(cut))->address == prefix.address;
}

std::string text_of(const firewall::Rule& rule, const std::vector<std::string>& interfaces) {
    const auto table = firewall::table_of(rule, "gameday_test_1", interfaces);
    return table ? nft::table_text(*table) : table.error().message;
}

std::string approved(const std::string& name) {
    std::ifstream file(std::string(GAMEDAY_TEST_DIR) + "/devices/firewall/" + name + ".nft");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("an interval set holds the addresses of its prefixes and no other") {
    Random random(7, "intervals");
    for (int round = 0; round < 300; ++round) {
        std::vector<Prefix> prefixes;
        const auto count = 1 + random.below(12);
        for (std::uint64_t i = 0; i < count; ++i) {
            // Few bits vary, so that prefixes touch and contain one another.
            Prefix prefix{false, {10, 0, 0, static_cast<std::uint8_t>(random.below(256))}, 0};
            prefix.length = static_cast<unsigned>(24 + random.below(9));
            if (random.below(40) == 0) prefix.address = {255, 255, 255, 255};
            prefixes.push_back(*parse_prefix(prefix_text(prefix)));
        }
        const auto elements = interval_elements(prefixes);
        for (std::size_t i = 1; i < elements.size(); ++i) {
            CHECK(elements[i - 1].end < elements[i].key);  // apart: no two touch
        }
        for (int last = 0; last < 256; ++last) {
            for (const auto first : {std::uint8_t{10}, std::uint8_t{255}}) {
                nft::Bytes address{first, 0, 0, static_cast<std::uint8_t>(last)};
                if (first == 255) address = {255, 255, 255, static_cast<std::uint8_t>(last)};
                const bool wanted =
                    std::any_of(prefixes.begin(), prefixes.end(),
                                [&](const Prefix& prefix) { return covers(prefix, address); });
                CHECK(holds(elements, address) == wanted);
            }
        }
    }
}

TEST_CASE("a rule becomes a table that lets pass what is never touched") {
    firewall::Rule rule;
    Flow flow;
    flow.peers = {"10.0.0.1", "10.0.0.0/24", "10.0.1.0/24", "fd00::1"};
    flow.own = {"10.9.0.1", "fd00::9"};
    flow.spare = {"10.0.0.77"};
    rule.flows = {flow};
    CHECK(text_of(rule, {"lo", "eth0"}) == approved("peers"));
}

TEST_CASE(
    "everything leaves the loopback interface alone, and what leaves is matched turned round") {
    firewall::Rule rule;
    Flow flow;
    flow.everything = true;
    flow.side = Side::egress;
    flow.protocol = Protocol::tcp;
    flow.own_ports = {80};
    flow.peer_ports = {1024};
    rule.flows = {flow};
    rule.scope = firewall::Scope::established;
    rule.lease = 1s;
    CHECK(text_of(rule, {"lo", "eth0"}) == approved("everything"));
    rule.cut = firewall::Cut::reset;
    CHECK(text_of(rule, {"eth0"}).find("can only be dropped, not answered") != std::string::npos);
}

}  // namespace steering_test
