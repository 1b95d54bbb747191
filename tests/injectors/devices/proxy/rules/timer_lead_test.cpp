// How early a thread wakes up for what is due.
#include "injectors/devices/proxy/rules/timer_lead.hpp"

#include "tests/support/catch.hpp"

namespace lead_test {

using namespace gameday;
using namespace std::chrono_literals;
using devices::proxy::TimerLead;

TEST_CASE("proxy: a lead comes near how late timers call, and near nothing when they are in time") {
    TimerLead lead;
    CHECK(lead.time() == Duration{});
    for (int i = 0; i < 40; ++i) lead.learn(100us);
    // What is missing shrinks by an eighth each time, 100 us * (7/8)^40 = 0.5 us, and so does the
    // deviation behind it.
    CHECK(lead.time() > 99us);
    CHECK(lead.time() <= 103us);
    for (int i = 0; i < 60; ++i) lead.learn(Duration{});
    CHECK(lead.time() < 1us);
}

TEST_CASE(
    "proxy: a machine that stood still does not make a lead long, nor an early call negative") {
    TimerLead lead;
    for (int i = 0; i < 100; ++i) lead.learn(5s);
    CHECK(lead.time() <= TimerLead::most);
    for (int i = 0; i < 200; ++i) lead.learn(-5s);
    CHECK(lead.time() >= Duration{});
}

TEST_CASE("proxy: a lead is long enough for most timers where they differ") {
    TimerLead lead;
    for (int i = 0; i < 50; ++i) {
        lead.learn(50us);
        lead.learn(150us);
    }
    CHECK(lead.time() >= 150us);
    CHECK(lead.time() <= 250us);
}

}  // namespace lead_test
