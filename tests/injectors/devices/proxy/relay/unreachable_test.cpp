#include "injectors/devices/proxy/relay/unreachable.hpp"

#include "tests/support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace unreachable_test {

using namespace gameday;
using namespace gameday::devices::proxy;
using namespace std::chrono_literals;

TEST_CASE("why a target cannot be reached is said once a reason, and again when it was reached") {
    std::vector<std::string> said;
    Unreachable target;
    target.failed("before anybody listens", at(0s));
    target.tell([&said](const std::string& why) { said.push_back(why); });
    target.failed("refused", at(1s));
    target.failed("refused", at(5s));
    CHECK(said == std::vector<std::string>{"refused"});
    target.failed("no host", at(6s));
    CHECK(said.size() == 2);
    target.reached();
    target.failed("no host", at(15s));  // One that comes and goes: 10 s at least.
    CHECK(said.size() == 2);
    target.failed("no host", at(16s));
    CHECK(said == std::vector<std::string>{"refused", "no host", "no host"});
    target.failed("refused", at(16500ms));  // A line a second at most, and it is not forgotten.
    CHECK(said.size() == 3);
    target.failed("refused", at(17s));
    CHECK(said.size() == 4);
}

}  // namespace unreachable_test
