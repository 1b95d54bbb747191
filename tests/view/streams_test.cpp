#include "harness/view/streams.hpp"

#include "harness/view/view.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"

#include <string>
#include <vector>

namespace streams_test {

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Answer served(Instant invoked) { return {invoked + 1ms}; }

std::vector<std::string> names_in(const EvidenceBuilder& builder) {
    const auto view = view::look(builder.scenario, builder.evidence);
    std::vector<std::string> names;
    for (const auto& stream : view.streams) names.push_back(stream.name(builder.scenario));
    return names;
}

}  // namespace

TEST_CASE("clients of a region are one stream, and of several cohorts one for each") {
    EvidenceBuilder builder;
    builder.evidence.clients.push_back({RegionId(0), 0});
    builder.stream({100, at(0s), at(13s), Verb::write, 0}, served);
    builder.stream({100, at(0s), at(13s), Verb::write, 3}, served);
    CHECK(names_in(builder) == std::vector<std::string>{"writes of us-east"});
    builder.evidence.clients[3].cohort = 1;
    builder.evidence.clients[3].behaviour = "pinned";
    CHECK(names_in(builder) ==
          std::vector<std::string>{"writes of us-east, resolve_once", "writes of us-east, pinned"});
}

}  // namespace streams_test
