// The connections of the postgres driver: what comes over them, and whose they are.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/postgres_server.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {
extern const DriverKind postgres;
}

namespace postgres_link_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view unnamed = R"({"served_by": ""})";

const std::string done = pg_done("INSERT 0 1") + pg_ready();

}  // namespace

TEST_CASE("postgres: rows without end are given up") {
    std::string rows = pg_columns({"v"});
    const std::string long_text(100'000, 'x');
    for (int i = 0; i < 11; ++i) rows += pg_row({long_text});
    std::string answer = rows;
    const RawServer server(pg_serve([&](const std::string&) { return answer; }));
    Asking asking({server.endpoint()}, unnamed, false, drivers::postgres);
    const auto endless = asking.read();
    CHECK(endless.reply.outcome == Outcome::failed);
    CHECK(endless.reply.cause == Cause::malformed);
    answer = pg_columns({"v"}) + pg_row({"1"}) + pg_row({"2"}) + pg_done("SELECT 2") + pg_ready();
    CHECK(asking.read().reply.value == 1);
}

TEST_CASE("postgres: a connection made within a reply is whole, whatever number its socket has") {
    // The first connection breaks under its operation; the second one is made from within on_reply.
    std::atomic<int> served = 0;
    const RawServer server([&](RawConnection& connection) {
        if (!pg_welcome(connection)) return;
        if (served++ == 0) {
            pg_read_query(connection);
            return connection.finish();
        }
        while (!pg_read_query(connection).empty()) connection.send(done);
    });
    boost::asio::io_context io{1};
    Topology topology;
    topology.regions.push_back({RegionId::of(0), "r0", {NodeId::of(0)}});
    topology.nodes.push_back(
        {NodeId::of(0), "n0", RegionId::of(0), "", "local", server.endpoint(), {}});
    struct Again final : ReplySink {
        std::unique_ptr<Client> client;
        std::vector<Outcome> outcomes;
        SteadyClock clock;
        void on_reply(std::uint64_t, const Reply& reply) override {
            outcomes.push_back(reply.outcome);
            if (outcomes.size() == 1) perform();
        }
        void perform() {
            const Instant now = clock.now();
            client->perform({Verb::write, 1, 7}, 0, now, now + 2s);
        }
    } sink;
    const auto parsed = json::parse(unnamed);
    auto opened = drivers::postgres.open(
        ClientContext{io, topology, NodeId(0), server.endpoint(), sink}, *parsed->as<Params>());
    REQUIRE(opened.has_value());
    sink.client = std::move(*opened);
    sink.perform();
    while (sink.outcomes.size() < 2) {
        io.run_one_for(5ms);
        sink.client->expire(sink.clock.now());
    }
    CHECK(sink.outcomes == std::vector{Outcome::unknown, Outcome::ok});
}

TEST_CASE("postgres: a node may have a name that leads to several addresses") {
    std::string self;
    const RawServer server(pg_serve([&](const std::string& text) {
        return text.find("inet_server_addr") == text.npos ? done
                                                          : pg_value("who", self) + pg_ready();
    }));
    self = server.endpoint().text();
    Asking asking({Endpoint{"localhost", server.endpoint().port}}, "{}", false, drivers::postgres);
    const auto heard = asking.write();
    CHECK(heard.reply.outcome == Outcome::ok);
    CHECK(heard.reply.served_by == NodeId(0));
    CHECK(asking.status({StatusSubject::health, {}}).status.cause == Cause::none);
}

}  // namespace postgres_link_test
