// Which packets are lost at which socket, and which connections a storm strikes; by table.
#include "injectors/devices/proxy/rules/packet_rules.hpp"
#include "injectors/devices/proxy/storm.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>

namespace packet_rules_test {

using namespace gameday;
using namespace gameday::devices::proxy;

namespace {

FaultRule cut(Direction direction, Scope scope = Scope::all, std::uint64_t first_fresh = 5) {
    return {
        FaultId{1}, {.cut = Cut::blackhole, .direction = direction, .scope = scope}, first_fresh};
}

FaultRule losing(double share, Direction direction, std::uint32_t id) {
    return {FaultId{id}, {.direction = direction, .loss = share}};
}

std::set<std::uint64_t> struck(const Storm& storm, const std::vector<std::uint64_t>& live,
                               std::uint64_t seed) {
    std::set<std::uint64_t> all;
    for (const auto& strike : strikes(storm, live, seed)) all.insert(strike.connection);
    return all;
}

}  // namespace

TEST_CASE("rules: a black hole takes all that comes its way, and what is bare of the other way") {
    const std::vector<FaultId> by{FaultId{1}};
    const PacketRule all{{.all = true}, by}, bare{{.bare = true}, {}};
    CHECK(packets_at({cut(Direction::both)}, Direction::to, 0) == all);
    CHECK(packets_at({cut(Direction::both)}, Direction::from, 0) == all);
    CHECK(packets_at({cut(Direction::to)}, Direction::to, 0) == all);
    CHECK(packets_at({cut(Direction::to)}, Direction::from, 0) == bare);
    CHECK(packets_at({cut(Direction::from)}, Direction::to, 0) == bare);
    CHECK(packets_at({cut(Direction::from)}, Direction::from, 0) == all);
}

TEST_CASE("rules: no other cut and no healthy link loses a packet") {
    for (const Cut other : {Cut::none, Cut::reset, Cut::refuse, Cut::half_close, Cut::hold}) {
        const LinkRules rules{{FaultId{1}, {.cut = other}}};
        CHECK(packets_at(rules, Direction::to, 0) == PacketRule{});
        CHECK(packets_at_listener(rules) == PacketRule{});
    }
    CHECK(packets_at({}, Direction::from, 0).loss.none());
}

TEST_CASE("rules: packets are lost within the scope of a black hole") {
    const LinkRules fresh{cut(Direction::both, Scope::fresh)};
    CHECK(packets_at(fresh, Direction::to, 4).loss.none());
    CHECK(packets_at(fresh, Direction::to, 5).loss.all);
    CHECK(packets_at_listener(fresh).loss.all);
    const LinkRules established{cut(Direction::both, Scope::established)};
    CHECK(packets_at(established, Direction::to, 4).loss.all);
    CHECK(packets_at(established, Direction::to, 5).loss.none());
    CHECK(packets_at_listener(established).loss.none());
}

TEST_CASE(
    "rules: a listener loses SYNs in a black hole of either direction, unless it has a share") {
    for (const Direction direction : {Direction::both, Direction::to, Direction::from}) {
        CHECK(packets_at_listener({cut(direction)}).loss.all);
    }
    auto shared = cut(Direction::both);
    shared.rule.share = 0.5;
    CHECK(packets_at_listener({shared}).loss.none());
}

TEST_CASE("rules: shares of loss multiply what survives, each in its direction") {
    const LinkRules rules{losing(0.5, Direction::to, 1), losing(0.5, Direction::both, 2),
                          losing(0.1, Direction::from, 3)};
    CHECK(packets_at(rules, Direction::to, 0).loss.share == 0.75);
    CHECK((packets_at(rules, Direction::to, 0).by == std::vector{FaultId{1}, FaultId{2}}));
    CHECK(packets_at(rules, Direction::from, 0).loss.share == Approx(0.55));
    CHECK(packets_at_listener(rules).loss.share == 0.75);
}

TEST_CASE("rules: a storm strikes so many, the same for the same seed, others for another") {
    std::vector<std::uint64_t> live;
    for (std::uint64_t i = 0; i < 40; ++i) live.push_back(i);
    const auto chosen = struck({10, 0}, live, 7);
    CHECK(chosen.size() == 10);
    std::ranges::reverse(live);
    CHECK(struck({10, 0}, live, 7) == chosen);
    CHECK(struck({10, 0}, live, 8) != chosen);
    CHECK(struck({0, 0}, live, 7).size() == 40);
    CHECK(struck({41, 0}, live, 7).size() == 40);
    CHECK(strikes({5, 5}, {}, 7).empty());
}

TEST_CASE("rules: a storm with a rate is even, without one it is at once") {
    const std::vector<std::uint64_t> live{1, 2, 3};
    for (const auto& strike : strikes({0, 0}, live, 1)) CHECK(strike.after == Duration{});
    std::vector<Duration> times;
    for (const auto& strike : strikes({0, 4}, live, 1)) times.push_back(strike.after);
    using namespace std::chrono_literals;
    CHECK((times == std::vector<Duration>{0ms, 250ms, 500ms}));
}

}  // namespace packet_rules_test
