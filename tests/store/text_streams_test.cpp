#include "harness/store/evidence_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_text.hpp"
#include "tests/support/result.hpp"

#include <algorithm>
#include <string>

using namespace gameday;
using namespace gameday::store;
using gameday::test::parse_evidence;
using namespace std::chrono_literals;

namespace {

const std::string head = R"([run]
steady 1..3
active 3..10
run_id 9
[nodes]
name  region
us-1  us-east
eu-1  eu-west
)";

Evidence parsed(const std::string& rest) {
    auto evidence = parse_evidence(head + rest);
    INFO((evidence ? "" : evidence.error().message));
    REQUIRE(evidence);
    return std::move(*evidence);
}

std::string refusal(const std::string& rest) {
    const auto evidence = parse_evidence(head + rest);
    REQUIRE_FALSE(evidence);
    return evidence.error().message;
}

std::vector<Operation> of_phase(const Evidence& evidence, Phase phase) {
    std::vector<Operation> operations;
    std::ranges::copy_if(evidence.operations, std::back_inserter(operations),
                         [&](const Operation& each) { return each.phase == phase; });
    return operations;
}

}  // namespace

TEST_CASE("a line of a stream stands for operations at an even rate") {
    const auto evidence = parsed("[streams]\nwrites us-east rate 10 from 0 to 10\n");
    REQUIRE(evidence.operations.size() == 100);
    REQUIRE(evidence.clients == std::vector<ClientInfo>{{RegionId(0), 0}});
    Operation third;  // due at 0.2 s, answered by the first node of the client's region
    third.seq = 3;
    third.scheduled = third.invoked = at(200ms);
    third.completed = at(201ms);
    third.value = numbered(9, 3);
    third.key = 1'000'003;
    third.client = ClientId(0);
    third.node = third.served_by = NodeId(0);
    third.verb = Verb::write;
    third.outcome = Outcome::ok;
    third.phase = Phase::warmup;
    CHECK(evidence.operations[2] == third);
    CHECK(of_phase(evidence, Phase::steady).size() == 20);
    CHECK(of_phase(evidence, Phase::active).size() == 70);
    CHECK(evidence.finished == at(10s));
}

TEST_CASE(
    "operations of a stream fail as the words for it say, from the first instant to before the "
    "second") {
    const auto evidence = parsed(
        "[streams]\n"
        "writes us-east rate 10 from 0 to 10 takes 0.002 timeout 0.5 refused 4..5 timed_out 5..6 "
        "every 5th slow 0.3 6..7 share 2/5 held 7..8 late 8..9\n");
    const auto& all = evidence.operations;
    CHECK(all[39].outcome == Outcome::ok);
    CHECK((all[40].outcome == Outcome::failed && all[40].cause == Cause::refused));
    CHECK_FALSE(all[40].served_by.known());
    CHECK(all[49].outcome == Outcome::failed);
    // The last of each five.
    CHECK(all[53].outcome == Outcome::ok);
    CHECK((all[54].outcome == Outcome::unknown && all[54].latency() == 500ms));
    CHECK((all[59].cause == Cause::timed_out && all[58].cause == Cause::none));
    // The last two of each five.
    CHECK(all[62].latency() == 2ms);
    CHECK(all[63].latency() == 300ms);
    CHECK(all[64].latency() == 300ms);
    CHECK(all[65].latency() == 2ms);
    CHECK((all[71].completed == at(8002ms) && all[71].invoked == at(7100ms)));
    CHECK((all[81].completed == at(9002ms) && all[81].invoked == at(9s)));
}

TEST_CASE(
    "who serves a stream changes at instants, or with every operation, and may be nobody known") {
    const auto evidence = parsed(
        "[streams]\nwrites eu-west rate 1 from 0 to 8 served us-1 us-1,eu-1@2 ?@4 -@5 eu-1@6\n");
    std::vector<NodeId> served;
    for (const auto& operation : evidence.operations) served.push_back(operation.served_by);
    CHECK(served == std::vector<NodeId>{NodeId(0), NodeId(0), NodeId(0), NodeId(1),
                                        unrecognised_node, NodeId(), NodeId(1), NodeId(1)});
}

TEST_CASE("a read of a stream finds the newest write acknowledged before it") {
    const auto evidence = parsed(
        "[streams]\n"
        "writes us-east rate 1 from 0 to 5 key 1..2 version 70\n"
        "reads eu-west rate 1 from 0.5 to 5 key 2 absent 3..4 refused 4..5\n");
    std::vector<std::uint64_t> values;
    std::vector<std::uint64_t> versions;
    for (const auto& each : evidence.operations) {
        if (each.verb == Verb::read) values.push_back(each.value);
        if (each.verb == Verb::write) versions.push_back(each.version);
    }
    CHECK(values == std::vector<std::uint64_t>{0, numbered(9, 2), numbered(9, 2), 0, 0});
    CHECK(versions == std::vector<std::uint64_t>{70, 71, 72, 73, 74});
}

TEST_CASE("a pass reads every key with an acknowledged write from every node") {
    const auto evidence = parsed(
        "[streams]\n"
        "writes us-east rate 1 from 0 to 5 refused 2..3\n"
        "[ledger]\n"
        "survivors at 3.5 on eu-1 lost 1..2\n"
        "final at 12 on us-1 unreadable\n"
        "final at 13 on eu-1 lost 3..4 resurrected 2..3 unexpected 1\n"
        "final at 14 on eu-1 only 3..4\n");
    const auto survivors = of_phase(evidence, Phase::survivor_read);
    REQUIRE(survivors.size() == 3);  // what was acknowledged by then
    CHECK(survivors[0].value == numbered(9, 1));
    CHECK(survivors[1].value == 0);
    CHECK(survivors[2].value == numbered(9, 4));
    const auto finals = of_phase(evidence, Phase::final_read);
    REQUIRE(finals.size() == 4 + 5 + 1);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK((finals[i].node == NodeId(0) && finals[i].outcome == Outcome::failed));
    }
    CHECK(finals[4].value == numbered(9, 0xF0000000U));
    CHECK(finals[5].value == numbered(9, 2));
    CHECK(finals[6].value == 0);
    CHECK(finals[7].value == numbered(9, 5));
    CHECK(finals[8].value == numbered(9, 3));
    CHECK((finals[9].value == numbered(9, 4) && finals[9].scheduled == at(14s)));
    CHECK(evidence.clients.size() == 2);
    CHECK(evidence.clients[finals[4].client.index()].region == RegionId(1));
}

TEST_CASE("a line of a watch stands for samples at an even rate") {
    const auto evidence = parsed(
        "[watch]\n"
        "roles us-1 every 0.5 primary 0..1 term 3 down 1..1.5\n"
        "lags eu-1 every 1 0.1..0.2 0..2\n");
    CHECK(evidence.roles ==
          std::vector<RoleSample>{{{at(0s), at(1ms)}, NodeId(0), Role::primary, 3},
                                  {{at(500ms), at(501ms)}, NodeId(0), Role::primary, 3},
                                  {{at(1s), at(1001ms)}, NodeId(0), Role::down, 0}});
    REQUIRE(evidence.lags.size() == 2);
    CHECK(evidence.lags[1] == LagSample{{at(1s), at(1001ms)}, NodeId(1), {100ms, 200ms}, {}});
}

TEST_CASE("what has no meaning in a short form is named by its line") {
    CHECK(refusal("[streams]\nwrite us-east\n") ==
          "line 10: a stream begins with reads or writes, and the region of its clients");
    CHECK(refusal("[streams]\nwrites mars rate 1 to 2\n") == "line 10: region cannot be mars");
    CHECK(refusal("[streams]\nwrites us-east to 2\n") == "line 10: rate is missing");
    CHECK(refusal("[streams]\nwrites us-east rate 1 from 3 to 2\n") ==
          "line 10: to is missing, or not after from");
    CHECK(refusal("[streams]\nwrites us-east rate 1 to 2 refuses 1..2\n") ==
          "line 10: \"refuses\" has no meaning in a stream");
    CHECK(refusal("[streams]\nwrites us-east rate 1 to 2 refused 2..1\n") ==
          "line 10: refused cannot be 2..1");
    CHECK(refusal("[streams]\nwrites us-east rate 1 to 2 refused 0..1 share 3/2\n") ==
          "line 10: share cannot be 3/2");
    CHECK(refusal("[streams]\nwrites us-east rate 1000000 to 9999\n") ==
          "line 10: more than 20,000,000 operations");
    CHECK(refusal("[ledger]\nfinal\n") == "line 10: at is missing");
    CHECK(refusal("[ledger]\nfinal at 3 on mars-1\n") == "line 10: on cannot be mars-1");
    CHECK(refusal("[ledger]\nlast at 3\n") == "line 10: a pass begins with final or survivors");
    CHECK(refusal("[watch]\nroles us-1 every 0 primary 0..1\n") ==
          "line 10: every must be more than 0");
    CHECK(refusal("[watch]\nroles us-1 boss 0..1\n") == "line 10: role cannot be boss");
}

TEST_CASE("the scenario and what is wanted stand beside the evidence as they are") {
    const auto history = parse_history(head +
                                       "[scenario]\n{\n\"load\": [\n# no comment\n[]\n]\n}\n"
                                       "[wanted]\n# a comment\nverdict failed\n");
    REQUIRE(history);
    CHECK(history->scenario == "{\n\"load\": [\n# no comment\n[]\n]\n}\n");
    CHECK(history->wanted == std::vector<std::string>{"verdict failed"});
}
