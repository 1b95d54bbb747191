// A sink may close its client from within on_reply or on_status: nothing is reported after it.
#include "harness/json/json.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/status.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <memory>

namespace gameday::drivers {
extern const DriverKind http, etcd, postgres, redis;
}

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

class Closing final : public ReplySink, public StatusSink {
 public:
    std::unique_ptr<Client> client;
    std::unique_ptr<StatusClient> status_client;
    int heard = 0;

 private:
    void on_reply(std::uint64_t, const Reply&) override {
        ++heard;
        client->close();
    }
    void on_status(std::uint64_t, const NodeStatus&) override {
        ++heard;
        status_client->close();
    }
};

void check_closing(const DriverKind& driver, const Endpoint& silent) {
    INFO(driver.name);
    boost::asio::io_context io{1};
    Topology topology;
    topology.regions.push_back({RegionId::of(0), "r0", {NodeId::of(0)}});
    topology.nodes.push_back({NodeId::of(0), "n0", RegionId::of(0), "", "local", silent, {}});
    Closing sink;
    auto opened = driver.open(ClientContext{io, topology, NodeId(0), silent, sink}, Params{});
    REQUIRE(opened.has_value());
    sink.client = std::move(*opened);
    auto asked = driver.open_status(StatusContext{io, NodeId(0), silent, sink}, Params{});
    REQUIRE(asked.has_value());
    sink.status_client = std::move(*asked);
    const auto question = sink.status_client->add({StatusSubject::role, Params{}});
    REQUIRE(question.has_value());
    const SteadyClock clock;
    const Instant begin = clock.now();
    for (std::uint64_t tag = 0; tag < 3; ++tag) {
        sink.client->perform({Verb::write, 1, tag}, tag, begin, begin + 50ms);
        sink.status_client->ask(*question, tag, begin, begin + 50ms);
    }
    while (clock.now() < begin + 60ms) io.run_for(10ms);
    sink.client->expire(clock.now());
    CHECK(sink.heard == 1);
    sink.status_client->expire(clock.now());
    CHECK(sink.heard == 2);
    io.run_for(10ms);
    CHECK(sink.heard == 2);
}

}  // namespace

TEST_CASE("a client that is closed while it reports what is overdue reports nothing more") {
    RawServer silent([](RawConnection& client) {
        while (!client.read_some().empty()) {
        }
    });
    for (const DriverKind* driver :
         {&drivers::http, &drivers::etcd, &drivers::postgres, &drivers::redis}) {
        check_closing(*driver, silent.endpoint());
    }
}
