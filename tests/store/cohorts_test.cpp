// Cohorts of clients in both formats: told where there are several, and read where they are not
// told.
#include "harness/json/json.hpp"
#include "harness/store/evidence_json.hpp"
#include "harness/store/evidence_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_text.hpp"

namespace cohorts_test {

using namespace gameday;
using namespace gameday::store;
using gameday::test::format_evidence;
using gameday::test::parse_evidence;

namespace {

Evidence with_clients(std::vector<ClientInfo> clients) {
    Evidence evidence;
    evidence.topology.regions = {{RegionId(0), "us", {}}, {RegionId(1), "eu", {}}};
    evidence.clients = std::move(clients);
    return evidence;
}

std::string rows(const Evidence& evidence) {
    return json::print(*evidence_to_value(evidence).find("clients"));
}

bool says(const Evidence& evidence, const std::string& text) {
    return format_evidence(evidence).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("clients of one cohort are told as before there were cohorts") {
    const auto evidence = with_clients({{RegionId(0), 0}, {RegionId(1), 1}});
    CHECK(rows(evidence) == "[[0,0],[1,1]]");
    CHECK(says(evidence, "[clients]\nregion  load\nus      0\neu      1\n"));
    const auto again = evidence_from_value(evidence_to_value(evidence));
    REQUIRE(again.has_value());
    CHECK(again->clients[1] == ClientInfo{RegionId(1), 1, 0, "resolve_once"});
}

TEST_CASE("clients of several cohorts are told with the behaviour of each") {
    const auto evidence = with_clients({{RegionId(0), 0}, {RegionId(0), 0, 1, "pinned"}});
    CHECK(rows(evidence) == R"([[0,0],[0,0,1,"pinned"]])");
    CHECK(says(evidence,
               "[clients]\nregion  load  cohort  behaviour\n"
               "us      0     0       resolve_once\nus      0     1       pinned\n"));
    const auto from_json = evidence_from_value(evidence_to_value(evidence));
    REQUIRE(from_json.has_value());
    CHECK(*from_json == evidence);
    const auto from_text = parse_evidence(format_evidence(evidence));
    REQUIRE(from_text.has_value());
    CHECK(*from_text == evidence);
}

TEST_CASE("a row of a client that is shorter than the oldest is refused") {
    Value tree = evidence_to_value(with_clients({{RegionId(0), 0}}));
    tree.as<Params>()->at("clients") = List{List{0}};
    const auto read = evidence_from_value(tree);
    REQUIRE(read.has_error());
    CHECK(read.error().message == "/clients/0: too short a row");
}

}  // namespace cohorts_test
