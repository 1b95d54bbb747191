// What is known of each connection: when, how much, who ended it and how, which faults met it.
#include "injectors/devices/proxy/record/record.hpp"

#include "injectors/devices/proxy/relay/relay.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"
#include "tests/injectors/devices/proxy/bench.hpp"

#include <functional>
#include <thread>
#include <vector>

namespace record_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::ConnectionRecord;
using devices::proxy::HowEnded;
using devices::proxy::name_of;
using devices::proxy::RecordLog;
using devices::proxy::Relay;
using devices::proxy::Shards;

namespace {

struct Watched {
    explicit Watched(std::uint16_t target = 0) {
        const auto address = boost::asio::ip::make_address("127.0.0.1");
        const auto to = target == 0 ? server.port() : target;
        REQUIRE(relay.open({address, 0}, {address, to}).has_value());
        const auto at = devices::proxy::text_of(relay.listens_at());
        port = static_cast<std::uint16_t>(std::stoi(at.substr(at.rfind(':') + 1)));
        shards.run([this] { relay.start(); });
    }
    ~Watched() {
        shards.run([this] { relay.close(); });
        shards.finish();
    }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    void set(FaultId id, const Rule& rule) {
        shards.run([&] { relay.set(id, rule); });
    }
    Ends connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        Peer peer = server.accept();
        REQUIRE(peer.open());
        return {std::move(client), std::move(peer)};
    }
    std::vector<ConnectionRecord> records() {
        return shards.run([this] { return relay.records(); });
    }
    // The only record, once the condition holds of it.
    ConnectionRecord record_when(const std::function<bool(const ConnectionRecord&)>& holds) {
        const auto end = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const auto all = records();
            if (all.size() == 1 && holds(all[0])) return all[0];
            REQUIRE(std::chrono::steady_clock::now() < end);
            std::this_thread::sleep_for(5ms);
        }
    }
    HowEnded end_of_only() {
        return record_when([](const auto& each) { return each.ended != HowEnded::open; }).ended;
    }

    Listener server;
    Shards shards{2};
    Relay relay{shards, "a->b", 1};
    std::uint16_t port = 0;
};

std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

TEST_CASE(
    "record: a live connection tells who it is, when each way began and how much it carried") {
    Watched watched;
    auto [client, server] = watched.connect();
    CHECK(client.send("question") == 8);
    CHECK(server.receive(8) == "question");
    CHECK(server.send("yes") == 3);
    CHECK(client.receive(3) == "yes");
    const auto record = watched.record_when([](const auto& each) {
        return each.bytes == std::array<std::uint64_t, 2>{8, 3};
    });
    CHECK(record.number == 0);
    CHECK(record.client.text() == "127.0.0.1:" + std::to_string(port_of(client.fd())));
    CHECK(record.upstream.text() == "127.0.0.1:" + std::to_string(watched.server.port()));
    CHECK(record.ended == HowEnded::open);
    CHECK_FALSE(record.closed.has_value());
    CHECK(record.faults.empty());
    REQUIRE((record.connected && record.first_byte[0] && record.first_byte[1]));
    CHECK(record.accepted <= *record.connected);
    CHECK(*record.connected <= *record.first_byte[0]);
    CHECK(*record.first_byte[0] <= *record.first_byte[1]);
}

TEST_CASE("record: who ended with FIN first, and who with RST, is told apart") {
    struct Row {
        HowEnded ended;
        std::function<void(Ends&)> act;
    };
    const std::vector<Row> rows{
        {HowEnded::fin_by_client,
         [](Ends& ends) {
             ends.client.finish();
             CHECK(ends.server.end() == End::fin);
             ends.server.close();
         }},
        {HowEnded::fin_by_upstream,
         [](Ends& ends) {
             ends.server.finish();
             CHECK(ends.client.end() == End::fin);
             ends.client.close();
         }},
        {HowEnded::rst_by_client, [](Ends& ends) { ends.client.reset(); }},
        {HowEnded::rst_by_upstream, [](Ends& ends) { ends.server.reset(); }},
    };
    for (const Row& row : rows) {
        CAPTURE(name_of(row.ended));
        Watched watched;
        auto ends = watched.connect();
        row.act(ends);
        CHECK(name_of(watched.end_of_only()) == name_of(row.ended));
        const auto record = watched.records().at(0);
        CHECK(record.closed.has_value());
        CHECK(record.client.text().starts_with("127.0.0.1:"));
    }
}

TEST_CASE("record: an upstream that refuses is told as that, and has no time of connecting") {
    const std::uint16_t nobody = free_port();
    Watched watched(nobody);
    const Peer client = dial(watched.port);
    CHECK(client.end() == End::reset);
    CHECK(watched.end_of_only() == HowEnded::refused);
    CHECK_FALSE(watched.records().at(0).connected.has_value());
    const auto upstream = "127.0.0.1:" + std::to_string(nobody);
    CHECK(watched.records().at(0).upstream.text() == upstream);
    REQUIRE(watched.records().at(0).why != nullptr);
    CHECK(*watched.records().at(0).why == upstream + ": connection refused");
}

TEST_CASE("record: a refusal meets nobody who has been accepted") {
    Watched watched;
    auto ends = watched.connect();
    watched.set(one, {.cut = Cut::refuse});
    ends.client.reset();
    CHECK(watched.end_of_only() == HowEnded::rst_by_client);
    CHECK(watched.records().at(0).faults.empty());
}

TEST_CASE("record: an upstream that accepts and resets before anybody looks has not refused") {
    Watched watched;
    watched.set(one, {.cut = Cut::hold});
    const Peer client = dial(watched.port);
    REQUIRE(client.open());
    (void)watched.record_when([](const auto&) { return true; });
    // On loopback a connection is there as soon as it has been dialled.
    watched.shards.run([&] {
        watched.relay.clear(one);
        Peer peer = watched.server.accept();
        REQUIRE(peer.open());
        CHECK(peer.send("last words") == 10);
        peer.reset();
    });
    CHECK(client.receive(10) == "last words");
    CHECK(client.end() == End::reset);
    CHECK(name_of(watched.end_of_only()) == name_of(HowEnded::rst_by_upstream));
    const auto record = watched.records().at(0);
    CHECK(record.connected.has_value());
    CHECK(record.bytes == std::array<std::uint64_t, 2>{0, 10});
    CHECK(record.upstream.text() == "127.0.0.1:" + std::to_string(watched.server.port()));
}

TEST_CASE("record: a fault that ends a connection is named, one that does not meet it is not") {
    Watched watched;
    auto ends = watched.connect();
    watched.set(one, {.cut = Cut::reset, .scope = Scope::fresh});
    CHECK(watched.records().at(0).faults.empty());
    watched.set(two, {.cut = Cut::reset, .scope = Scope::established});
    CHECK(watched.end_of_only() == HowEnded::rst_by_fault);
    CHECK(watched.records().at(0).faults == std::vector<FaultId>{two});
}

TEST_CASE("record: limits and times of faults are told apart from ends of the proxy") {
    for (const auto& [rule, ended] :
         {std::pair(Rule{.limit = 3}, HowEnded::limit),
          std::pair(Rule{.close_after = 20ms}, HowEnded::closed_by_fault)}) {
        CAPTURE(name_of(ended));
        Watched watched;
        watched.set(one, rule);
        auto ends = watched.connect();
        CHECK(ends.client.send("12345") == 5);
        CHECK(name_of(watched.end_of_only()) == name_of(ended));
        CHECK(watched.records().at(0).faults == std::vector<FaultId>{one});
    }
    Watched watched;
    auto ends = watched.connect();
    watched.shards.run([&] { watched.relay.close(); });
    CHECK(watched.end_of_only() == HowEnded::closed_by_proxy);
}

TEST_CASE("record: as JSON, instants count from the zero given and what is not known is left out") {
    ConnectionRecord record;
    record.number = 7;
    record.accepted = at(5ms);
    record.connected = at(6ms);
    record.bytes = {10, 20};
    record.faults = {FaultId{3}};
    const auto name = [](FaultId id) { return "slow \"" + std::to_string(id.value) + "\""; };
    CHECK(record_json(record, at(1ms), name, R"("link":"l",)") ==
          R"({"link":"l","connection":7,"client":"","upstream":"","accepted_ns":4000000,)"
          R"("connected_ns":5000000,"bytes_to":10,"bytes_from":20,"ended":"open",)"
          R"("faults":["slow \"3\""]})");
}

TEST_CASE("record: of connections that are over the last ones are kept, and no more") {
    RecordLog log;
    for (std::uint64_t i = 0; i < RecordLog::most + 3; ++i) {
        ConnectionRecord record;
        record.number = i;
        log.add(record);
    }
    REQUIRE(log.records().size() == RecordLog::most);
    CHECK(log.records().front().number == 3);
    CHECK(log.records().back().number == RecordLog::most + 2);
}

TEST_CASE("record: where all are taken in time none is lost, and what has no room is counted") {
    RecordLog log;
    log.make_room(2);
    for (std::uint64_t i = 0; i < 3; ++i) {
        ConnectionRecord record;
        record.number = i;
        record.ended = i == 0 ? HowEnded::limit : HowEnded::refused;
        log.add(record);
    }
    devices::proxy::HandedOver taken;
    log.hand_over(taken);
    REQUIRE(taken.records.size() == 2);
    CHECK(taken.records[0].number == 1);
    CHECK(taken.dropped == 1);
    CHECK(log.records().empty());
    log.hand_over(taken);
    CHECK(taken.records.size() == 2);
    CHECK(taken.dropped == 1);
    CHECK(log.ended().at(static_cast<std::size_t>(HowEnded::limit)) == 1);
    CHECK(log.ended().at(static_cast<std::size_t>(HowEnded::refused)) == 2);
}

TEST_CASE(
    "an HTTP fault is in the record of a connection on which it bit a request, and no other") {
    Watched watched;
    Rule rule;
    rule.http.emplace();
    rule.http->path = "/a";
    rule.http->answer.emplace();
    watched.set(one, rule);
    const auto [client, server] = watched.connect();
    const std::string other = "GET /b HTTP/1.1\r\n\r\n", met = "GET /a HTTP/1.1\r\n\r\n";
    check_carries(client, server, other);
    check_carries(server, client, "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(watched.records().at(0).faults.empty());
    REQUIRE(client.send(met) == met.size());
    CHECK(client.receive(12) == "HTTP/1.1 503");
    CHECK(watched.records().at(0).faults == std::vector{one});
}

}  // namespace record_test
