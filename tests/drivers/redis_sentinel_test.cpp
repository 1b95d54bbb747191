// How the redis driver finds the master by sentinels whose every byte is written here.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/drivers/redis_script.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace gameday::drivers {
extern const DriverKind redis;
}

namespace {

// Who tells the master, which may change.
class Teller {
 public:
    explicit Teller(const Endpoint& master)
        : master_(master), server_([this](const RedisWords& words) {
              const std::lock_guard lock(mutex_);
              last_ = fmt::format("{}", fmt::join(words, " "));
              if (master_.port == 0) return std::string("*-1\r\n");
              return redis_list({master_.address, std::to_string(master_.port)});
          }) {}
    void say(const Endpoint& master) {
        const std::lock_guard lock(mutex_);
        master_ = master;
    }
    [[nodiscard]] std::string last() {
        const std::lock_guard lock(mutex_);
        return last_;
    }
    [[nodiscard]] std::string text() const { return server_.endpoint().text(); }
    [[nodiscard]] int accepted() const { return server_.accepted(); }

 private:
    std::mutex mutex_;
    Endpoint master_;
    std::string last_;
    RedisScript server_;
};

RedisScript::Answer served(std::string role) {
    return [role = std::move(role)](const RedisWords& words) {
        if (words[0] == "ROLE") return redis_role(role);
        if (words[0] == "GET") return redis_text("4");
        return std::string(words[0] == "SET" ? "+OK\r\n" : "");
    };
}

std::string by_sentinels(const std::vector<std::string>& sentinels) {
    return fmt::format(R"({{"sentinels": ["{}"], "master_name": "mine",
                            "served_by": "connection"}})",
                       fmt::join(sentinels, "\", \""));
}

Heard asked(Asking& asking, Verb verb = Verb::write, Duration patience = 5s) {
    return asking.operation(verb, patience);
}

std::string nowhere() {
    RawServer gone([](RawConnection&) {});
    return gone.endpoint().text();
}

}  // namespace

TEST_CASE("redis: clients of a region go where the sentinels say, others to the node itself") {
    RedisScript master(served("master")), other(served("slave"));
    Teller sentinel(master.endpoint());
    const std::vector<Endpoint> nodes{other.endpoint(), master.endpoint()};
    Asking asking(nodes, by_sentinels({sentinel.text()}), false, drivers::redis, RegionId(0));
    const auto heard = asked(asking);
    CHECK(heard.reply.outcome == Outcome::ok);
    CHECK(heard.reply.served_by == NodeId(1));
    CHECK(sentinel.last() == "SENTINEL get-master-addr-by-name mine");
    CHECK(asked(asking, Verb::read).reply.value == 4);
    CHECK(sentinel.accepted() == 1);  // once a connection
    CHECK(other.accepted() == 0);

    // To read a node back is to read that node.
    Asking direct(nodes, by_sentinels({sentinel.text()}), false, drivers::redis);
    CHECK(asked(direct, Verb::read).reply.served_by == NodeId(0));
    CHECK(sentinel.accepted() == 1);
}

TEST_CASE("redis: a sentinel is reached through the hop of the client's region that leads to it") {
    RedisScript master(served("master")), other(served("slave"));
    // One sentinel, asked at itself or at hops; it calls the master by the name of its node.
    const Endpoint named{"n1", master.endpoint().port};
    Teller sentinel(named), hop(named), elsewhere(named);
    const auto itself = *parse_endpoint(sentinel.text());
    const auto link = [&](RegionId from, const Teller& listen, const Endpoint& target) {
        Link result;
        result.from_clients = true;
        result.from_region = from;
        result.to_node = NodeId(0);
        result.listen = *parse_endpoint(listen.text());
        result.target = target;
        return result;
    };
    const std::vector<Endpoint> nodes{other.endpoint(), master.endpoint()};
    const std::vector<Link> links{link(RegionId(1), elsewhere, itself),
                                  link(RegionId(0), elsewhere, other.endpoint()),
                                  link(RegionId(0), hop, itself)};
    Asking asking(nodes, by_sentinels({sentinel.text()}), false, drivers::redis, RegionId(0),
                  links);
    const auto heard = asked(asking);
    CHECK(heard.reply.outcome == Outcome::ok);
    CHECK(heard.reply.served_by == NodeId(1));
    CHECK(hop.accepted() == 1);
    CHECK(sentinel.accepted() + elsewhere.accepted() == 0);

    Asking without(nodes, by_sentinels({sentinel.text()}), false, drivers::redis, RegionId(2),
                   links);
    CHECK(asked(without).reply.served_by == NodeId(1));
    CHECK(sentinel.accepted() == 1);
}

TEST_CASE("redis: sentinels are asked in turn until one tells the master") {
    RedisScript master(served("master"));
    RawServer silent([](RawConnection& client) {
        while (!client.read_some().empty()) {
        }
    });
    Teller ignorant(Endpoint{}), sentinel(master.endpoint());
    const auto params =
        by_sentinels({nowhere(), silent.endpoint().text(), ignorant.text(), sentinel.text()});
    Asking asking({master.endpoint()}, params, false, drivers::redis, RegionId(0));
    const auto begin = asking.clock.now();
    const auto heard = asked(asking, Verb::write, 5s);
    CHECK(heard.reply.outcome == Outcome::ok);
    CHECK(asking.clock.now() - begin >= 1s);  // a fifth is for the one that says nothing
    CHECK(ignorant.accepted() == 1);
}

TEST_CASE("redis: no sentinel that tells the master is a failure, with the last one's reason") {
    RedisScript master(served("master"));
    Teller ignorant(Endpoint{}), naming(Endpoint{"redis.invalid", 6379});
    const auto fails_as = [&](const std::vector<std::string>& sentinels) {
        Asking asking({master.endpoint()}, by_sentinels(sentinels), false, drivers::redis,
                      RegionId(0));
        const auto heard = asked(asking);
        CHECK(heard.reply.outcome == Outcome::failed);
        return heard;
    };
    const auto unknown = fails_as({ignorant.text()});
    CHECK(unknown.reply.cause == Cause::rejected);
    CHECK(unknown.detail ==
          "no sentinel tells the master: " + ignorant.text() + ": knows no master of that name");
    CHECK(fails_as({naming.text()}).detail == "no sentinel tells the master: " + naming.text() +
                                                  ": redis.invalid:6379 is no node and no address");
    CHECK(fails_as({ignorant.text(), nowhere()}).reply.cause == Cause::refused);
    CHECK(master.accepted() == 0);
}

TEST_CASE("redis: a sentinel that still names the old master leads to no write there") {
    RedisScript old_master(served("slave")), new_master(served("master"));
    Teller sentinel(old_master.endpoint());
    Asking asking({old_master.endpoint(), new_master.endpoint()}, by_sentinels({sentinel.text()}),
                  false, drivers::redis, RegionId(0));
    const auto heard = asked(asking);
    CHECK(heard.reply.outcome == Outcome::failed);
    CHECK(heard.detail == "the server is a slave");
    CHECK(old_master.heard("SET") == 0);
    sentinel.say(new_master.endpoint());
    const auto next = asked(asking);
    CHECK(next.reply.outcome == Outcome::ok);
    CHECK(next.reply.served_by == NodeId(1));
}

TEST_CASE("redis: after READONLY, and after a lost connection, the sentinels are asked again") {
    std::atomic<int> mode{0};
    RedisScript first([&](const RedisWords& words) {
        if (words[0] != "SET") return std::string();
        return std::string(mode == 0 ? "+OK\r\n" : "-READONLY no\r\n");
    });
    RawServer second([](RawConnection& client) {
        RedisTalk talk(client);
        talk.next();
        client.send(redis_role("master"));
        talk.next();
    });
    RedisScript third(served("master"));
    Teller sentinel(first.endpoint());
    // The last one is no node: its own address is enough to go there.
    Asking asking({first.endpoint(), second.endpoint()}, by_sentinels({sentinel.text()}), false,
                  drivers::redis, RegionId(0));
    CHECK(asked(asking).reply.outcome == Outcome::ok);
    mode = 1;
    sentinel.say(second.endpoint());
    CHECK(asked(asking).detail == "READONLY no");
    CHECK(asked(asking).reply.outcome == Outcome::unknown);
    sentinel.say(third.endpoint());
    const auto stranger = asked(asking);
    CHECK(stranger.reply.outcome == Outcome::ok);
    CHECK(stranger.reply.served_by == unrecognised_node);
    CHECK(sentinel.accepted() == 3);
}

TEST_CASE("redis: health and role are asked with the login of the load, or of the question") {
    std::mutex mutex;
    std::vector<std::string> seen;
    RedisScript server([&](const RedisWords& words) {
        const std::lock_guard lock(mutex);
        seen.push_back(fmt::format("{}", fmt::join(words, " ")));
        if (words[0] == "INFO") return redis_text("role:master\r\n");
        return std::string(words[0] == "PING" ? "+PONG\r\n" : "");
    });
    Asking asking({server.endpoint()}, R"({"password": "theirs"})", false, drivers::redis);
    CHECK(asking.status({StatusSubject::health, {}}).status.good);
    const auto role = asking.status({StatusSubject::role, {{"password", "own"}}});
    CHECK(role.status.good);
    CHECK(role.status.role == Role::primary);
    CHECK(asking.status({StatusSubject::health, {{"path", "ROLE"}}}).status.good);
    const std::lock_guard lock(mutex);
    CHECK(seen == std::vector<std::string>{"AUTH theirs", "PING", "AUTH own", "ROLE",
                                           "INFO replication", "AUTH theirs", "ROLE"});
}

TEST_CASE("redis: a status that is refused, cut off or late") {
    RawServer cutting([](RawConnection& client) {
        RedisTalk(client).next();
        client.send("+PO");
    });
    Asking asking({cutting.endpoint()}, "{}", false, drivers::redis);
    const auto cut = asking.status({StatusSubject::health, {}});
    CHECK(cut.status.cause == Cause::reset);
    CHECK_FALSE(cut.status.good);
    RawServer silent([](RawConnection& client) {
        while (!client.read_some().empty()) {
        }
    });
    Asking patient({silent.endpoint()}, "{}", false, drivers::redis);
    CHECK(patient.status({StatusSubject::role, {}}, 30ms).status.cause == Cause::timed_out);
    RawServer other([](RawConnection& client) {
        RedisTalk(client).next();
        client.send("HTTP/1.1 400 Bad Request\r\n");
    });
    Asking puzzled({other.endpoint()}, "{}", false, drivers::redis);
    CHECK(puzzled.status({StatusSubject::health, {}}).status.cause == Cause::malformed);
}
