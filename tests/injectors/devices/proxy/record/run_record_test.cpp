// The connections of a run: a line each in a file, and counts of all.
#include "injectors/devices/proxy/record/run_record.hpp"

#include "harness/json/json.hpp"
#include "tests/injectors/devices/proxy/bench.hpp"
#include "tests/injectors/scratch.hpp"

#include <fmt/format.h>

#include <sstream>
#include <thread>
#include <vector>

namespace run_record_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::ConnectionRecord;
using devices::proxy::HandedOver;
using devices::proxy::HowEnded;
using devices::proxy::RunRecord;
using devices::proxy::RunRecordPlan;
using test::Scratch;

namespace {

ConnectionRecord record(std::uint64_t number, HowEnded ended, std::vector<FaultId> faults = {}) {
    ConnectionRecord made;
    made.number = number;
    made.accepted = at(12ms);
    made.bytes = {10, 20};
    made.ended = ended;
    made.faults = std::move(faults);
    return made;
}

std::vector<Value> lines_of(const std::string& text) {
    std::vector<Value> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        const auto value = json::parse(line);
        REQUIRE(value.has_value());
        lines.push_back(*value);
    }
    return lines;
}

std::string text_of(const Value& line, const std::string& name) {
    return text_at(*line.as<Params>(), name);
}

// The device on a link, with a run directory.
struct Recorded {
    Recorded() {
        topology.links = {hop("a->b", port, server.port())};
        device = devices::proxy_kind.make({.topology = &topology,
                                           .run_dir = scratch.path(""),
                                           .began = std::chrono::steady_clock::now(),
                                           .faults = {{one, "cut \"it\""}, {two, "slow"}}});
        REQUIRE(device->ready().has_value());
    }
    void set(FaultId id, const Rule& rule) const {
        REQUIRE(device->perform(id, devices::proxy::set("a->b", rule)).has_value());
    }
    Ends connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        Peer peer = server.accept();
        REQUIRE(peer.open());
        return {std::move(client), std::move(peer)};
    }
    std::vector<Value> lines() const { return lines_of(scratch.read("connections.jsonl")); }

    Scratch scratch;
    Listener server;
    Topology topology;
    std::uint16_t port = free_port();
    std::unique_ptr<Device> device;
};

void talk(const Recorded& run, std::size_t size) {
    const auto [client, server] = run.connect();
    check_carries(client, server, std::string(size, 'q'));
    check_carries(server, client, std::string(2 * size, 'a'));
    client.finish();
    CHECK(server.end() == End::fin);
    server.finish();
    CHECK(client.end() == End::fin);
}

}  // namespace

TEST_CASE("run record: each connection counts once, with those that ended alike") {
    RunRecord kept(RunRecordPlan{});
    kept.add("b", {{record(0, HowEnded::fin_by_client), record(1, HowEnded::fin_by_client, {one}),
                    record(2, HowEnded::fin_by_client)},
                   0});
    kept.add("a", {{record(0, HowEnded::open)}, 0});
    const auto seen = kept.connections();
    CHECK(seen.notes.empty());
    CHECK(seen.counts == std::vector<ConnectionCount>{{"a", "open", {}, 1, 10, 20},
                                                      {"b", "fin_by_client", {}, 2, 20, 40},
                                                      {"b", "fin_by_client", {one}, 1, 10, 20}});
}

TEST_CASE("run record: the file ends at its bound, the counts do not, and both are told") {
    const Scratch scratch;
    RunRecordPlan plan;
    plan.file = scratch.path("c.jsonl");
    plan.zero = at(2ms);
    plan.faults = {{one, "cut"}};
    plan.lines_most = 2;
    RunRecord kept(plan);
    kept.add("a->b", {{record(0, HowEnded::limit, {one, two}), record(1, HowEnded::refused)}, 0});
    CHECK(kept.connections().notes.empty());
    kept.add("a->b", {{record(2, HowEnded::refused)}, 3});
    CHECK(scratch.read("c.jsonl") ==
          R"({"link":"a->b","connection":0,"client":"","upstream":"","accepted_ns":10000000,)"
          R"("bytes_to":10,"bytes_from":20,"ended":"limit","faults":["cut","fault 2"]})"
          "\n"
          R"({"link":"a->b","connection":1,"client":"","upstream":"","accepted_ns":10000000,)"
          R"("bytes_to":10,"bytes_from":20,"ended":"refused","faults":[]})"
          "\n");
    const auto seen = kept.connections();
    CHECK(seen.counts == std::vector<ConnectionCount>{{"a->b", "refused", {}, 2, 20, 40},
                                                      {"a->b", "limit", {one, two}, 1, 10, 20}});
    REQUIRE(seen.notes.size() == 2);
    CHECK(seen.notes[0] ==
          "connections.jsonl has the first 2 connections, 1 more are only counted");
    CHECK(seen.notes[1].starts_with("3 connections came and went faster"));
}

TEST_CASE("run record: a file that cannot be written is told, and connections are counted") {
    RunRecordPlan plan;
    plan.file = "/nowhere/at/all.jsonl";
    RunRecord kept(plan);
    kept.add("a", {{record(0, HowEnded::refused)}, 0});
    const auto seen = kept.connections();
    CHECK(seen.counts.size() == 1);
    REQUIRE(seen.notes.size() == 1);
    CHECK(seen.notes[0].starts_with("/nowhere/at/all.jsonl could not be written"));
}

TEST_CASE("run record: without a fault none is named, and bytes are those that were sent") {
    const Recorded run;
    for (std::size_t i = 1; i <= 600; ++i) talk(run, i);  // More than a log keeps on its own.
    const auto open_at_the_end = run.connect();
    const auto seen = run.device->connections();
    CHECK(seen.notes.empty());
    CHECK(seen.counts == std::vector<ConnectionCount>{
                             {"a->b", "open", {}, 1, 0, 0},
                             {"a->b", "fin_by_client", {}, 600, 600 * 601 / 2, 600 * 601}});
    const auto lines = run.lines();
    REQUIRE(lines.size() == 601);
    for (const Value& line : lines) {
        CHECK(text_of(line, "link") == "a->b");
        CHECK(line.find("faults")->as<List>()->empty());
        const auto& members = *line.as<Params>();
        CHECK(integer_at(members, "accepted_ns") > 0);
        CHECK(integer_at(members, "accepted_ns") < Duration(10min).count());
        CHECK(integer_at(members, "bytes_from") == 2 * integer_at(members, "bytes_to"));
    }
}

TEST_CASE("run record: a fault that ends connections is named as the scenario names it") {
    const Recorded run;
    talk(run, 1);
    const auto hit = run.connect();
    run.set(one, {.cut = Cut::reset});
    CHECK(hit.client.end() == End::reset);
    REQUIRE(run.device->perform(one, devices::proxy::clear("a->b")).has_value());
    auto reset_by_server = run.connect();
    reset_by_server.server.reset();
    CHECK(reset_by_server.client.end() == End::reset);
    const auto seen = run.device->connections();
    CHECK(seen.counts == std::vector<ConnectionCount>{{"a->b", "fin_by_client", {}, 1, 1, 2},
                                                      {"a->b", "rst_by_upstream", {}, 1, 0, 0},
                                                      {"a->b", "rst_by_fault", {one}, 1, 0, 0}});
    CHECK(run.scratch.read("connections.jsonl").find(R"("faults":["cut \"it\""])") !=
          std::string::npos);
}

TEST_CASE("run record: what is over is in the file while the run lasts") {
    const Recorded run;
    talk(run, 1);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (run.lines().empty() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(20ms);
    }
    CHECK(run.lines().size() == 1);
}

}  // namespace run_record_test
