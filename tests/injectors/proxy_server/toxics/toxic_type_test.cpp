// The table of toxics, and what the types of Toxiproxy and those of datagrams become.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include "tests/support/catch.hpp"

#include <filesystem>
#include <limits>
#include <utility>

namespace toxic_type_test {

using namespace gameday;
using namespace gameday::devices::proxy;
using namespace gameday::proxy_server;
using namespace std::chrono_literals;

namespace {

using Attributes = std::map<std::string, std::int64_t>;

DrawnToxic drawn(const std::string& type, Attributes attributes) {
    return {{"t", type, Stream::downstream, 1, std::move(attributes)}, 7};
}

// The rule as if its draws were none.
Rule rule(const std::string& type, Attributes attributes) {
    Rule made = rule_of(drawn(type, std::move(attributes)));
    CHECK(std::exchange(made.draw, 0U) == 7U);
    return made;
}

udp::DatagramRule datagrams(const std::string& type, Attributes attributes) {
    return datagram_rule({drawn(type, std::move(attributes))}, Direction::from, 1);
}

}  // namespace

TEST_CASE("every file of a toxic has its line in the table, and every line its file") {
    const auto folder = std::filesystem::path(GAMEDAY_SOURCE_DIR) / "injectors/proxy_server/toxics";
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().stem().string();
        if (entry.path().extension() != ".cpp" || name.starts_with("toxic")) continue;
        CAPTURE(name);
        CHECK(find_toxic_type(name) != nullptr);
        ++files;
    }
    CHECK(files == toxic_types().size());
}

TEST_CASE("toxics of Toxiproxy become the rules that are meant") {
    constexpr auto from = Direction::from;
    CHECK((rule("latency", {{"latency", 5}, {"jitter", 2}}) ==
           Rule{.direction = from, .delay = 5ms, .jitter = 2ms}));
    CHECK((rule("bandwidth", {{"rate", 3}}) == Rule{.direction = from, .own_rate = 3000}));
    CHECK((rule("bandwidth", {{"rate", 0}}) == Rule{.direction = from, .stall = true}));
    CHECK((rule("slow_close", {{"delay", 9}}) == Rule{.direction = from, .end_delay = 9ms}));
    CHECK((rule("timeout", {{"timeout", 0}}) == Rule{.direction = from, .discard = true}));
    CHECK((rule("timeout", {{"timeout", 4}}) ==
           Rule{.direction = from, .discard = true, .close_after = 4ms}));
    CHECK((rule("reset_peer", {{"timeout", 0}}) == Rule{.direction = from, .reset_after = 0ms}));
    CHECK((rule("slicer", {{"average_size", 8}, {"size_variation", 1}, {"delay", 6}}) ==
           Rule{.direction = from, .slice = 8, .variation = 1, .gap = 6us}));
    CHECK((rule("limit_data", {{"bytes", 11}}) == Rule{.direction = from, .limit = 11}));
    CHECK((rule("noop", {}) == Rule{.direction = from}));
}

TEST_CASE("a share of datagrams is parts per million") {
    for (const char* type : {"duplicate", "reorder"}) {
        for (const std::int64_t share : {std::int64_t{-1}, std::int64_t{1'000'001}}) {
            const Toxic toxic = drawn(type, {{"share", share}, {"gap", 1}}).toxic;
            const auto checked = check_toxic(toxic, Protocol::udp, {});
            REQUIRE(checked.has_error());
            CHECK(checked.error().message ==
                  "share is " + std::to_string(share) + ", want parts per million: 0 to 1000000");
        }
        const Toxic most = drawn(type, {{"share", 1'000'000}, {"gap", 1}}).toxic;
        CHECK(check_toxic(most, Protocol::udp, {}).has_value());
    }
}

TEST_CASE("an attribute below 0 is none, and one that is too large is a hundred years") {
    CHECK((rule("latency", {{"latency", -5}}) == Rule{.direction = Direction::from}));
    const auto most = std::numeric_limits<std::int64_t>::max();
    CHECK(rule("latency", {{"latency", most}}).delay == std::chrono::hours(24 * 36525));
}

TEST_CASE("toxics of datagrams become the rules that are meant") {
    CHECK((datagrams("latency", {{"latency", 5}, {"jitter", 2}}) ==
           udp::DatagramRule{.late = {{5ms, 2ms, 7}}}));
    CHECK((datagrams("bandwidth", {{"rate", 3}}) == udp::DatagramRule{.rate = 3000}));
    CHECK((datagrams("bandwidth", {{"rate", 0}}) == udp::DatagramRule{.stall = true}));
    CHECK((datagrams("packet_loss", {{"loss", 9}}) == udp::DatagramRule{.lost = {{9, 7}}}));
    CHECK((datagrams("duplicate", {{"share", 9}}) == udp::DatagramRule{.twice = {{9, 7}}}));
    CHECK((datagrams("reorder", {{"share", 9}, {"gap", 0}}) ==
           udp::DatagramRule{.overtaken = {{{9, 7}, 1}}}));
    CHECK(datagrams("noop", {}).plain());
    CHECK(datagram_rule({drawn("duplicate", {{"share", 9}})}, Direction::to, 1).plain());
}

}  // namespace toxic_type_test
