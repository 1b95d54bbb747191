#include "harness/store/evidence_text.hpp"

#include "harness/base/random.hpp"
#include "tests/store/random_evidence.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_text.hpp"
#include "tests/support/result.hpp"

using namespace gameday;
using namespace gameday::store;
using gameday::test::format_evidence;
using gameday::test::parse_evidence;
using gameday::test::random_evidence;
using namespace std::chrono_literals;

TEST_CASE("evidence formatted and parsed is the same evidence") {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto evidence = random_evidence(seed);
        const auto text = format_evidence(evidence);
        const auto again = parse_evidence(text);
        INFO("seed " << seed << " " << (again ? "" : again.error().message) << "\n" << text);
        REQUIRE(again);
        REQUIRE(*again == evidence);
    }
}

TEST_CASE("evidence can be written by hand with only the columns that matter") {
    const auto evidence = parse_evidence(R"(
# Two regions; the first is cut off at 5 s.
[run]
active 4..20
[regions]
name
us-east
eu-west
[nodes]
name  region
us-1  us-east
eu-1  eu-west
[clients]
region
us-east
[faults]
id  name    nodes  injected
1   outage  us-1   5..5.001
[operations]
scheduled  invoked  completed  client  verb   key  value  outcome  node  served_by
4.9        4.9      4.95       0       write  3    77     ok       us-1  us-1
5.1        5.1      5.6        0       write  3    78     unknown  us-1  -
)");
    INFO((evidence ? "" : evidence.error().message));
    REQUIRE(evidence);
    REQUIRE(evidence->active == Interval<Instant>{at(4s), at(20s)});
    REQUIRE(evidence->topology.regions[1].nodes == std::vector<NodeId>{NodeId(1)});
    REQUIRE(evidence->topology.nodes[1].id == NodeId(1));
    REQUIRE(evidence->faults[0].injected == Interval<Instant>{at(5s), at(5001ms)});
    REQUIRE_FALSE(evidence->faults[0].healed);
    REQUIRE(evidence->operations.size() == 2);
    const auto& second = evidence->operations[1];
    REQUIRE(second.seq == 2);
    REQUIRE(second.latency() == 500ms);
    REQUIRE(second.outcome == Outcome::unknown);
    REQUIRE(second.node == NodeId(0));
    REQUIRE_FALSE(second.served_by.known());
}

TEST_CASE("evidence reads as a table") {
    Evidence evidence;
    evidence.topology.regions = {{RegionId(0), "us-east", {NodeId(0)}}};
    Node node;
    node.id = NodeId(0);
    node.name = "us-1";
    node.region = RegionId(0);
    node.addresses = {"10.0.0.7"};
    evidence.topology.nodes = {node};
    evidence.notes = {"a hop was shut"};
    evidence.steady = {at(1s), at(4s)};
    evidence.roles = {{{at(500ms), at(501ms)}, NodeId(0), Role::primary, 12},
                      {{at(12s), at(12s)}, NodeId(0), Role::down, 0}};
    REQUIRE(format_evidence(evidence) ==
            R"(# Evidence of a run. Times are seconds since the run began.

[run]
started_at      -
program_version -
ending          completed
ending_reason   -
steady          1..4
active          0
finished        0
lateness_p50    0
lateness_p99    0
lateness_max    0
shed            0
suspended       -
run_id          0

[notes]
note
"a hop was shut"

[regions]
name     nodes
us-east  us-1

[nodes]
name  region   role  host   endpoint  addresses  )"
            "pid_file  pid  restart  restart_folder  restart_timeout\n"
            R"(us-1  us-east  -     local  -         10.0.0.7   )"
            "-         0    -        -               20\n"
            R"(
[roles]
at          node  role     term
0.5..0.501  us-1  primary  12
12          us-1  down     0
)");
}

TEST_CASE("a text from which operations are left out says how many, and is not judged") {
    Evidence evidence;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        Operation operation;
        operation.seq = i;
        evidence.operations.push_back(operation);
    }
    const auto text = format_evidence(evidence, {.operations_max = 2});
    REQUIRE(text.find("\n[left_out]\noperations 3\n") != std::string::npos);
    const auto parsed = parse_evidence(text);
    REQUIRE_FALSE(parsed);
    REQUIRE(parsed.error().message.find(
                "operations are left out here, print the run without --limit and --phase") !=
            std::string::npos);
}

TEST_CASE("what cannot be read in an evidence table is named by its line") {
    struct Case {
        std::string text, message;
    };
    const auto example = GENERATE(
        Case{"name\n", "line 1: a section such as [operations] must come first"},
        Case{"[run]\n[rums]\n", "line 2: no section is called [rums]"},
        Case{"[run]\n[run]\n", "line 2: [run] stands twice"},
        Case{"[run]\nsteady 1 2\n", "line 2: not a name and a cell"},
        Case{"[run]\nsteady 5..2\n", "line 1: steady cannot be 5..2"},
        Case{"[run]\nstedy 1\n", "line 1: no column is called stedy"},
        Case{"[run]\nshed -1\n", "line 1: shed cannot be -1"},
        Case{"[run]\nfinished 1.0000000001\n", "line 1: finished cannot be 1.0000000001"},
        Case{"[run]\nfinished 99999999999999\n", "line 1: finished cannot be 99999999999999"},
        Case{"[regions]\nname nodes\nus\n", "line 3: 1 cells under 2 columns"},
        Case{"[regions]\nname nodes\nus eu-1\n", "line 3: nodes cannot be eu-1"},
        Case{"[notes]\nnote\n\"open\n", "line 3: a quote is not closed"},
        Case{"[nodes]\nname\nn\n", "/nodes/0/region: no region given, there are 0"},
        Case{"[operations]\nverb\nreed\n", "line 3: verb cannot be reed"});
    const auto parsed = parse_evidence(example.text);
    REQUIRE_FALSE(parsed);
    REQUIRE(parsed.error().message == example.message);
}

TEST_CASE("no mangled evidence table crashes its reader") {
    const auto whole = format_evidence(random_evidence(11));
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        Random random(seed, "mangle");
        std::string text = whole;
        for (auto i = 1 + random.below(4); i > 0; --i) {
            text[random.below(text.size())] = static_cast<char>(random.below(256));
        }
        text.resize(text.size() - random.below(3) * random.below(text.size() / 3));
        const auto parsed = parse_evidence(text);
        if (!parsed) REQUIRE(parsed.error().code == ErrorCode::invalid);
    }
}
