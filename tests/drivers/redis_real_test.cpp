// The redis driver against real servers, replicas and a sentinel of this machine.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/redis_process.hpp"
#include "tests/support/skip.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace gameday::drivers {
extern const DriverKind redis;
}

namespace {

std::vector<std::string> replica_of(const RedisProcess& master) {
    return {"--replicaof", fmt::format("127.0.0.1 {}", master.endpoint().port),
            "--repl-ping-replica-period", "1"};
}

Asking ask_real(const std::vector<Endpoint>& nodes, std::string_view params = "{}",
                RegionId region = RegionId(0)) {
    return Asking(nodes, params, false, drivers::redis, region);
}

bool is_linked(const RedisProcess& replica) {
    return replica.wait_for("INFO replication", "master_link_status:up");
}

}  // namespace

TEST_CASE("redis, real: values are written and read, and the server says who it is") {
    if (is_skipped(redis_is_missing())) return;
    const RedisProcess server({"--requirepass", "s3cret"});
    Asking asking = ask_real({server.endpoint()}, R"({"password": "s3cret", "database": 3})");
    const auto absent = asking.operation(Verb::read, 5s, 1);
    CHECK(absent.reply.outcome == Outcome::ok);
    CHECK(absent.reply.says_absent);
    const std::uint64_t value = numbered(run_id_max, 7);
    const auto written = asking.operation(Verb::write, 5s, 1, value);
    CHECK(written.reply.outcome == Outcome::ok);
    CHECK(written.reply.served_by == NodeId(0));
    CHECK(asking.operation(Verb::read, 5s, 1).reply.value == value);
    CHECK(asking.status({StatusSubject::health, {}}).status.good);
    const auto role = asking.status({StatusSubject::role, {}});
    CHECK(role.status.good);
    CHECK(role.status.role == Role::primary);

    Asking stranger = ask_real({server.endpoint()}, R"({"check_role": false})");
    const auto refused = stranger.write();
    CHECK(refused.reply.outcome == Outcome::failed);
    CHECK(refused.detail == "NOAUTH Authentication required.");
    CHECK_FALSE(stranger.status({StatusSubject::health, {}}).status.good);
    CHECK(ask_real({server.endpoint()}, R"({"password": "x"})").write().detail ==
          "AUTH: WRONGPASS invalid username-password pair or user is disabled.");
}

TEST_CASE("redis, real: other commands, and what their answers say") {
    if (is_skipped(redis_is_missing())) return;
    const RedisProcess server;
    const std::vector<Endpoint> nodes{server.endpoint()};
    Asking hash = ask_real(nodes, R"({"read": "HGET things {key}",
                                      "write": "HSET things {key} {value}"})");
    CHECK(hash.operation(Verb::write, 5s, 1, 3).reply.outcome == Outcome::ok);
    CHECK(hash.operation(Verb::write, 5s, 1, 4).reply.outcome == Outcome::ok);  // answers 0
    CHECK(hash.operation(Verb::read, 5s, 1).reply.value == 4);
    Asking once = ask_real(nodes, R"({"write": "SET gameday:{key} {value} NX"})");
    CHECK(once.operation(Verb::write, 5s, 2, 3).reply.outcome == Outcome::ok);
    const auto twice = once.operation(Verb::write, 5s, 2, 4);
    CHECK(twice.reply.outcome == Outcome::failed);
    CHECK(twice.reply.cause == Cause::rejected);
    CHECK(once.operation(Verb::read, 5s, 2).reply.value == 3);
    Asking wrong = ask_real(nodes, R"({"write": "SET things"})");
    CHECK(wrong.write().detail == "ERR wrong number of arguments for 'set' command");
    Asking odd = ask_real(nodes, R"({"write": "LPUSH things {value}"})");
    CHECK(odd.write().reply.outcome == Outcome::failed);
    // It writes, and then fails.
    Asking script = ask_real(
        nodes,
        R"({"write": "EVAL \"redis.call('set', KEYS[1], ARGV[1]) error('no')\" 1 k{key} {value}",
                   "read": "GET k{key}"})");
    CHECK(script.operation(Verb::write, 5s, 1, 9).reply.outcome == Outcome::unknown);
    CHECK(script.operation(Verb::read, 5s, 1).reply.value == 9);
}

TEST_CASE("redis, real: a replica takes no writes, and WAIT counts those that have them") {
    if (is_skipped(redis_is_missing())) return;
    RedisProcess master;
    RedisProcess replica(replica_of(master));
    REQUIRE(is_linked(replica));
    REQUIRE(master.wait_for("INFO replication", "state=online"));
    const std::vector<Endpoint> nodes{replica.endpoint(), master.endpoint()};
    Asking checked = ask_real(nodes);
    CHECK(checked.write().detail == "the server is a slave");
    Asking trusting = ask_real(nodes, R"({"check_role": false})");
    const auto refused = trusting.write();
    CHECK(refused.reply.outcome == Outcome::failed);
    CHECK(refused.detail == "READONLY You can't write against a read only replica.");
    const auto status = checked.status({StatusSubject::role, {}});
    CHECK(status.status.role == Role::replica);
    CHECK_FALSE(status.status.lag.has_value());
    CHECK_FALSE(checked.status({StatusSubject::health, {{"path", "ROLE"}}}).status.good);

    Asking waiting = ask_real({master.endpoint()}, R"({"wait": 1, "wait_timeout": "10s"})");
    CHECK(waiting.operation(Verb::write, 20s, 1, 11).reply.outcome == Outcome::ok);
    const auto read = checked.operation(Verb::read, 5s, 1);  // off the replica
    CHECK(read.reply.value == 11);
    CHECK(read.reply.served_by == NodeId(0));
    replica.signal(SIGSTOP);
    Asking impatient = ask_real({master.endpoint()}, R"({"wait": 1, "wait_timeout": "100ms"})");
    const auto few = impatient.operation(Verb::write, 20s, 1, 12);
    CHECK(few.reply.outcome == Outcome::unknown);
    CHECK(few.detail == "WAIT: 0 of 1 replicas");
    replica.signal(SIGCONT);
    master.kill();
    REQUIRE(replica.wait_for("INFO replication", "master_link_status:down"));
    CHECK(checked.status({StatusSubject::role, {}}).status.lag.has_value());
}

TEST_CASE("redis, real: a killed server is a lost connection, and a paused one a timeout") {
    if (is_skipped(redis_is_missing())) return;
    RedisProcess server;
    Asking asking = ask_real({server.endpoint()});
    CHECK(asking.write().reply.outcome == Outcome::ok);
    server.signal(SIGSTOP);
    const auto late = asking.operation(Verb::write, 50ms);
    CHECK(late.reply.outcome == Outcome::unknown);
    CHECK(late.reply.cause == Cause::timed_out);
    const auto fresh = asking.operation(Verb::write, 50ms);
    CHECK(fresh.reply.outcome == Outcome::failed);  // nothing of it had been sent
    server.signal(SIGCONT);
    CHECK(asking.write().reply.outcome == Outcome::ok);
    server.kill();
    const auto gone = asking.write();
    CHECK(gone.reply.outcome == Outcome::failed);
    CHECK(gone.reply.cause == Cause::refused);
}

TEST_CASE("redis, real: the sentinel leads clients to the new master") {
    if (is_skipped(redis_is_missing())) return;
    RedisProcess master;
    RedisProcess replica(replica_of(master));
    REQUIRE(is_linked(replica));
    RedisProcess sentinel = RedisProcess::sentinel("mine", master.endpoint());
    REQUIRE(
        sentinel.wait_for("SENTINEL replicas mine", fmt::format("{}", replica.endpoint().port)));
    // Asked of the replica: the sentinel knows better.
    Asking asking = ask_real(
        {replica.endpoint(), master.endpoint()},
        fmt::format(R"({{"sentinels": "{}", "master_name": "mine"}})", sentinel.endpoint().text()));
    const auto before = asking.operation(Verb::write, 5s, 1, 5);
    CHECK(before.reply.outcome == Outcome::ok);
    CHECK(before.reply.served_by == NodeId(1));
    REQUIRE(replica.wait_for("GET gameday:1", "5"));
    master.kill();
    CHECK(asking.operation(Verb::write, 300ms, 2, 6).reply.outcome == Outcome::failed);
    REQUIRE(sentinel.wait_for("SENTINEL get-master-addr-by-name mine",
                              fmt::format("{}", replica.endpoint().port)));
    REQUIRE(replica.wait_for("ROLE", "master"));
    const auto after = asking.operation(Verb::write, 5s, 3, 7);
    CHECK(after.reply.outcome == Outcome::ok);
    CHECK(after.reply.served_by == NodeId(0));
    CHECK(asking.operation(Verb::read, 5s, 1).reply.value == 5);
}

TEST_CASE("redis, real: a cluster leads to the node that has the slot") {
    if (is_skipped(redis_is_missing())) return;
    const RedisProcess one({"--cluster-enabled", "yes"}), two({"--cluster-enabled", "yes"});
    REQUIRE(one.ask("CLUSTER ADDSLOTSRANGE 0 8191").starts_with("+OK"));
    REQUIRE(two.ask("CLUSTER ADDSLOTSRANGE 8192 16383").starts_with("+OK"));
    REQUIRE(
        one.ask(fmt::format("CLUSTER MEET 127.0.0.1 {}", two.endpoint().port)).starts_with("+OK"));
    REQUIRE(one.wait_for("CLUSTER INFO", "cluster_state:ok"));
    REQUIRE(two.wait_for("CLUSTER INFO", "cluster_state:ok"));
    const std::vector<Endpoint> nodes{one.endpoint(), two.endpoint()};
    Asking plain = ask_real(nodes);
    Asking following = ask_real(nodes, R"({"cluster": true})");
    int moved = 0;
    for (std::uint32_t key = 1; key <= 20; ++key) {
        const auto there = plain.operation(Verb::write, 5s, key, key);
        const bool is_moved = there.reply.outcome == Outcome::failed;
        if (is_moved) CHECK(there.detail.starts_with("MOVED "));
        moved += is_moved ? 1 : 0;
        const auto heard = following.operation(Verb::write, 5s, key, key + 100);
        CHECK(heard.reply.outcome == Outcome::ok);
        CHECK(heard.reply.served_by == (is_moved ? NodeId(1) : NodeId(0)));
        CHECK(following.operation(Verb::read, 5s, key).reply.value == key + 100);
    }
    CHECK(moved > 0);
    CHECK(moved < 20);
}
