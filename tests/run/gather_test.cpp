#include "harness/run/gather.hpp"

#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::run;
using namespace std::chrono_literals;

TEST_CASE("a refusal tells the most frequent causes, with an answer") {
    const std::vector<CauseCount> causes{
        {0, Verb::read, Cause::unexpected, "HTTP 404", 120, at(1s), "not found"},
        {0, Verb::write, Cause::refused, "", 1, at(1s), ""},
        {0, Verb::read, Cause::none, "later than 1 s", 2, at(1s), ""},
        {0, Verb::write, Cause::server_error, "HTTP 500", 300, at(1s), ""}};
    CHECK(top_causes(causes) ==
          "; why not: 300 writes server_error, HTTP 500; 120 reads unexpected, HTTP 404 (first "
          "answer \"not found\"); 2 reads, later than 1 s");
    CHECK(top_causes({}).empty());
}

TEST_CASE("lateness is that of operations that were sent, by nearest rank") {
    std::vector<Operation> operations;
    for (int i = 1; i <= 100; ++i) {
        Operation operation;
        operation.scheduled = at(1s);
        operation.invoked = at(1s + std::chrono::milliseconds(i));
        operations.push_back(operation);
    }
    Operation other;
    other.invoked = at(1h);
    for (const auto cause : {Cause::shed, Cause::no_route}) {
        other.cause = cause;
        operations.push_back(other);
    }
    other.cause = Cause::none;
    other.phase = Phase::final_read;
    operations.push_back(other);
    // Of 1 to 100 ms the 50th and the 99th in order.
    REQUIRE(instrument_health(operations) == InstrumentHealth{50ms, 99ms, 100ms, 1});
}

TEST_CASE("a load that sent nothing has no lateness") {
    REQUIRE(instrument_health({}) == InstrumentHealth{});
}

TEST_CASE("an operation due at the end of the steady window is active") {
    std::vector<Operation> operations(5);
    operations[0].scheduled = at(1s);
    operations[1].scheduled = at(2s);
    operations[2].scheduled = at(5s);
    operations[3].phase = Phase::final_read;
    operations[4].phase = Phase::survivor_read;
    const Interval<Instant> steady{at(2s), at(5s)};
    mark_phases(operations, &steady);
    REQUIRE(operations[0].phase == Phase::warmup);
    REQUIRE(operations[1].phase == Phase::steady);
    REQUIRE(operations[2].phase == Phase::active);
    REQUIRE(operations[3].phase == Phase::final_read);
    REQUIRE(operations[4].phase == Phase::survivor_read);
}
