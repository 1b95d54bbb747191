#include "harness/run/gather.hpp"

#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::run;
using namespace std::chrono_literals;

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
    std::vector<Operation> operations(4);
    operations[0].scheduled = at(1s);
    operations[1].scheduled = at(2s);
    operations[2].scheduled = at(5s);
    operations[3].phase = Phase::final_read;
    const Interval<Instant> steady{at(2s), at(5s)};
    mark_phases(operations, &steady);
    REQUIRE(operations[0].phase == Phase::warmup);
    REQUIRE(operations[1].phase == Phase::steady);
    REQUIRE(operations[2].phase == Phase::active);
    REQUIRE(operations[3].phase == Phase::final_read);
}
