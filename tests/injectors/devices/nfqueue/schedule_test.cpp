#include "injectors/devices/nfqueue/schedule.hpp"

#include "tests/support/catch.hpp"

#include <bit>
#include <vector>

namespace schedule_test {

using namespace gameday;
using namespace gameday::kernel;
using namespace gameday::devices::nfqueue;
using namespace std::chrono_literals;

namespace {

const Bytes some_bytes(100, 0x55);

Arrival arrival(std::uint32_t number, std::size_t length = 100) {
    Arrival result;
    result.number = number;
    result.packet.connection.protocol = 17;
    result.packet.length = length;
    result.packet.payload = 20;
    result.bytes = some_bytes;
    return result;
}

struct Left {
    std::uint32_t number = 0;
    Duration due{};
    bool operator==(const Left&) const = default;
};

std::vector<Left> all_that_leaves(Schedule& schedule) {
    std::vector<Left> result;
    while (auto next = schedule.depart(Duration::max())) {
        if (next->what != Departure::What::drop) result.push_back({next->number, next->due});
    }
    return result;
}

}  // namespace

TEST_CASE("nfqueue: nothing leaves before its time, and all of it then, in order of arrival") {
    Impairment what;
    what.delay = 50ms;
    Schedule schedule(what, 1);
    CHECK_FALSE(schedule.next_due());
    schedule.arrive(arrival(1), 1s);
    schedule.arrive(arrival(2), 1s);
    schedule.arrive(arrival(3), 1s + 1ms);
    CHECK(schedule.next_due() == Duration(1050ms));
    CHECK_FALSE(schedule.depart(1050ms - 1ns));
    CHECK(schedule.depart(1050ms)->number == 1);
    CHECK(schedule.depart(1050ms)->number == 2);
    CHECK_FALSE(schedule.depart(1050ms));
    CHECK(schedule.depart(1051ms)->number == 3);
    CHECK(schedule.counts() == Counts{.seen = 3, .delayed = 3, .impaired = 3});
}

TEST_CASE(
    "nfqueue: without jitter no packet overtakes another, with it some do, with a rate none") {
    const auto out_of_order = [](const Impairment& what) {
        Schedule schedule(what, 1);
        for (std::uint32_t i = 0; i < 500; ++i) schedule.arrive(arrival(i), i * Duration(1ms));
        int count = 0;
        std::uint32_t last = 0;
        Duration due{};
        for (const auto& left : all_that_leaves(schedule)) {
            count += left.number < last ? 1 : 0;
            last = left.number;
            REQUIRE(left.due >= due);
            due = left.due;
        }
        return count;
    };
    Impairment what;
    what.delay = 20ms;
    CHECK(out_of_order(what) == 0);
    what.jitter = 10ms;
    CHECK(out_of_order(what) > 100);
    what.rate = 1'000'000;
    CHECK(out_of_order(what) == 0);
}

TEST_CASE("nfqueue: a packet that is reordered leaves before those that wait") {
    Impairment what;
    what.delay = 20ms;
    what.reorder = 1;
    what.gap = 3;
    Schedule schedule(what, 1);
    for (std::uint32_t i = 1; i <= 4; ++i) schedule.arrive(arrival(i), i * Duration(1ms));
    CHECK(all_that_leaves(schedule) ==
          std::vector<Left>{{3, 3ms}, {1, 21ms}, {2, 22ms}, {4, 24ms}});
    CHECK(schedule.counts().reordered == 1);
    CHECK(schedule.counts().delayed == 3);
}

TEST_CASE("nfqueue: lost packets are dropped at once and are no delay to others") {
    Impairment what;
    what.delay = 20ms;
    what.loss.share = 1;
    Schedule schedule(what, 1);
    schedule.arrive(arrival(1), 1ms);
    const auto dropped = schedule.depart(1ms);
    REQUIRE(dropped);
    CHECK(dropped->what == Departure::What::drop);
    CHECK(schedule.counts() == Counts{.seen = 1, .lost = 1, .impaired = 1});
}

TEST_CASE("nfqueue: a rate gives each packet its time on the line") {
    Impairment what;
    what.rate = 125'000;                                // 1 Mbit/s
    CHECK(time_on_line(what, 1486) == Duration(12ms));  // 1500 bytes with Ethernet's 14
    Schedule schedule(what, 1);
    for (std::uint32_t i = 0; i < 3; ++i) schedule.arrive(arrival(i, 1486), 0ms);
    schedule.arrive(arrival(3, 1486), 100ms);  // the line is idle again
    CHECK(all_that_leaves(schedule) ==
          std::vector<Left>{{0, 12ms}, {1, 24ms}, {2, 36ms}, {3, 112ms}});
    what.packet_overhead = 10;
    CHECK(time_on_line(what, 101) == Duration(1ms));
    what = {};
    what.rate = 53'000;  // ATM: 48 bytes in each cell of 53
    what.cell_size = 48;
    what.cell_overhead = 5;
    CHECK(time_on_line(what, 86) == Duration(3ms));  // 100 bytes are three cells
}

TEST_CASE("nfqueue: beyond its limit the line drops the newest, and says so") {
    Impairment what;
    what.delay = 20ms;
    what.limit = 2;
    Schedule schedule(what, 1);
    for (std::uint32_t i = 0; i < 3; ++i) schedule.arrive(arrival(i), 0ms);
    CHECK(schedule.depart(0ms)->number == 2);
    CHECK(all_that_leaves(schedule).size() == 2);
    CHECK(schedule.counts().beyond_limit == 1);
    CHECK(schedule.counts().lost == 0);
}

TEST_CASE("nfqueue: a duplicate is a second departure with the same bytes") {
    Impairment what;
    what.delay = 20ms;
    what.duplicate = 1;
    CHECK(needs_whole_packets(what));
    Schedule schedule(what, 1);
    schedule.arrive(arrival(7), 0ms);
    int copies = 0;
    while (auto next = schedule.depart(20ms)) {
        const bool copy = next->what == Departure::What::resend;
        copies += copy ? 1 : 0;
        CHECK(next->bytes == (copy ? some_bytes : Bytes{}));
    }
    CHECK(copies == 1);
    CHECK(schedule.counts().duplicated == 1);
}

TEST_CASE("nfqueue: a corrupted packet differs in one bit behind its header") {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Bytes changed = corrupted(some_bytes, 20, seed);
        int bits = 0;
        REQUIRE(changed.size() == some_bytes.size());
        for (std::size_t i = 0; i < changed.size(); ++i) {
            const int here = std::popcount(static_cast<unsigned>(changed[i] ^ some_bytes[i]));
            if (i < 20) REQUIRE(here == 0);
            bits += here;
        }
        REQUIRE(bits == 1);
    }
}

TEST_CASE("nfqueue: at the end all that is held comes out as it came") {
    Impairment what;
    what.delay = 100ms;
    what.jitter = 50ms;
    Schedule schedule(what, 1);
    for (std::uint32_t i = 0; i < 50; ++i) schedule.arrive(arrival(i), 0ms);
    std::uint32_t wanted = 0;
    for (const auto& departure : schedule.empty()) CHECK(departure.number == wanted++);
    CHECK(wanted == 50);
    CHECK(schedule.held() == 0);
}

}  // namespace schedule_test
