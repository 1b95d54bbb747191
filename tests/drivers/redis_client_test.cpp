// The redis driver against servers whose every byte is written here.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/drivers/redis_script.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace gameday::drivers {
extern const DriverKind redis;
}

namespace {

// A client of the first of them, in its region.
Asking ask_redis(const std::vector<Endpoint>& endpoints, std::string_view params = "{}") {
    return Asking(endpoints, params, false, drivers::redis, RegionId(0));
}

// The answer of a server that keeps no connection: each write and read, then the end.
RawServer::Serve cut_at(std::string setup, std::string answer, std::size_t cut, bool by_reset) {
    return [=](RawConnection& client) {
        RedisTalk talk(client);
        // ROLE and CLIENT INFO come in one go.
        if (talk.next().empty() || talk.next().empty()) return;
        client.send(setup.substr(0, cut));
        if (cut >= setup.size()) {
            if (talk.next().empty()) return;
            client.send(answer.substr(0, cut - setup.size()));
        }
        if (by_reset) {
            // What was sent is read before the reset counts.
            std::this_thread::sleep_for(2ms);
            client.reset();
        }
    };
}

const std::string usual_setup = redis_role("master") + "-ERR no\r\n";

}  // namespace

TEST_CASE("redis: reads and writes go over one connection, in the commands of the scenario") {
    std::mutex mutex;
    std::vector<std::string> seen;
    RedisScript server([&](const RedisWords& words) {
        const std::lock_guard lock(mutex);
        seen.push_back(fmt::format("{}", fmt::join(words, " ")));
        if (words[0] == "SET") return std::string("+OK\r\n");
        return words[0] == "GET" ? redis_text("7") : std::string();
    });
    Asking asking = ask_redis({server.endpoint()}, R"({"read": "GET it:{key}", "user": "u",
        "password": "p", "database": 2})");
    CHECK(asking.operation(Verb::write, 5s, 12, 7).reply.outcome == Outcome::ok);
    const auto read = asking.operation(Verb::read, 5s, 12);
    CHECK(read.reply.outcome == Outcome::ok);
    CHECK(read.reply.value == 7);
    CHECK_FALSE(read.reply.served_by.known());
    CHECK(read.reply.version == 0);
    const std::lock_guard lock(mutex);
    CHECK(seen == std::vector<std::string>{"AUTH u p", "SELECT 2", "ROLE", "CLIENT INFO",
                                           "SET gameday:12 7", "GET it:12"});
    CHECK(server.accepted() == 1);
}

TEST_CASE("redis: an answer that is cut at any byte is none") {
    for (const bool by_reset : {false, true}) {
        for (const auto& [verb, answer] :
             {std::pair<Verb, std::string>{Verb::write, "+OK\r\n"},
              std::pair<Verb, std::string>{Verb::write, ":1\r\n"},
              std::pair<Verb, std::string>{Verb::read, "$4\r\n1234\r\n"},
              std::pair<Verb, std::string>{Verb::read, "$-1\r\n"}}) {
            const std::size_t whole = usual_setup.size() + answer.size();
            for (std::size_t cut = 0; cut <= whole; ++cut) {
                RawServer server(cut_at(usual_setup, answer, cut, by_reset));
                Asking asking = ask_redis({server.endpoint()});
                const auto heard = asking.operation(verb);
                CAPTURE(cut, by_reset, answer, heard.detail);
                if (cut == whole) {
                    // A reset may overtake what was sent before it.
                    if (!by_reset) CHECK(heard.reply.outcome == Outcome::ok);
                    continue;
                }
                const bool in_doubt = verb == Verb::write && cut >= usual_setup.size();
                CHECK(heard.reply.outcome == (in_doubt ? Outcome::unknown : Outcome::failed));
                CHECK(heard.reply.cause == Cause::reset);
                CHECK_FALSE(heard.detail.empty());
            }
        }
    }
}

TEST_CASE("redis: what is no answer puts a write in doubt, and its connection is not used again") {
    for (const std::string bytes : {"HTTP/1.1 400 Bad Request\r\n", "$3\r\nabcde\r\n",
                                    "+OK\r\n+OK\r\n", "*99999999999\r\n", "%1\r\n+a\r\n+b\r\n"}) {
        CAPTURE(bytes);
        RedisScript server(always_redis(bytes));
        Asking asking = ask_redis({server.endpoint()});
        const auto write = asking.write();
        CHECK(write.reply.outcome == Outcome::unknown);
        CHECK(write.reply.cause == Cause::malformed);
        const auto read = asking.read();
        CHECK(read.reply.outcome == Outcome::failed);
        CHECK(read.reply.cause == Cause::malformed);
        CHECK(server.accepted() == 2);
    }
}

TEST_CASE("redis: an answer of before is never given to the next command") {
    std::atomic<int> read{0}, strays{0};
    RawServer server([&](RawConnection& client) {
        RedisTalk talk(client);
        talk.next();
        talk.next();
        client.send(usual_setup);
        talk.next();
        client.send(redis_text("1"));
        read.wait(client.number);  // the stray one comes when the answer has been taken
        client.send(redis_text("666"));
        ++strays;
        strays.notify_all();
        talk.next();
    });
    Asking asking = ask_redis({server.endpoint()});
    for (int i = 0; i < 5; ++i) {
        const auto value = asking.read().reply.value;
        ++read;
        read.notify_all();
        CHECK(value == 1);
        strays.wait(i);
        std::this_thread::sleep_for(20ms);  // what was sent arrives
    }
    CHECK(server.accepted() == 5);
}

TEST_CASE("redis: a timeout puts a write in doubt only when its bytes have left") {
    RawServer silent([](RawConnection& client) {
        while (!client.read_some().empty()) {
        }
    });
    Asking asking = ask_redis({silent.endpoint()});
    const auto before = asking.operation(Verb::write, 30ms);
    CHECK(before.reply.outcome == Outcome::failed);
    CHECK(before.reply.cause == Cause::timed_out);

    RawServer once([](RawConnection& client) {
        RedisTalk talk(client);
        talk.next();
        client.send("+OK\r\n");
        while (!talk.next().empty()) {
        }
    });
    // On a connection that is there the bytes leave at once.
    for (const Verb verb : {Verb::write, Verb::read}) {
        Asking bare = ask_redis({once.endpoint()}, R"({"check_role": false, "served_by": ""})");
        REQUIRE(bare.write().reply.outcome == Outcome::ok);
        const auto after = bare.operation(verb, 30ms);
        CHECK(after.reply.outcome == (verb == Verb::write ? Outcome::unknown : Outcome::failed));
        CHECK(after.reply.cause == Cause::timed_out);
    }
}

TEST_CASE("redis: nobody there, and a login that is refused, are failures") {
    Endpoint nowhere;
    {
        RawServer gone([](RawConnection&) {});
        nowhere = gone.endpoint();
    }
    Asking alone = ask_redis({nowhere});
    CHECK(alone.write().reply.cause == Cause::refused);
    CHECK(alone.write().reply.outcome == Outcome::failed);

    RedisScript strict([](const RedisWords& words) {
        return std::string(words[0] == "AUTH" ? "-WRONGPASS no\r\n" : "-NOAUTH no\r\n");
    });
    Asking asking = ask_redis({strict.endpoint()}, R"({"password": "x"})");
    const auto heard = asking.write();
    CHECK(heard.reply.outcome == Outcome::failed);
    CHECK(heard.reply.cause == Cause::rejected);
    CHECK(heard.detail == "AUTH: WRONGPASS no");
    CHECK(strict.heard("SET") == 0);

    RawServer full([](RawConnection& client) {
        client.send("-ERR max number of clients reached\r\n");
        client.finish();
        while (!client.read_some().empty()) {
        }
    });
    const auto shut_out = ask_redis({full.endpoint()}).write();
    CHECK(shut_out.reply.outcome == Outcome::failed);
    CHECK(shut_out.reply.cause == Cause::rejected);
    CHECK(shut_out.detail == "ERR max number of clients reached");
}

TEST_CASE("redis: who is no master is sent no write, until it is one") {
    std::atomic<bool> is_master{false};
    RedisScript server([&](const RedisWords& words) {
        if (words[0] == "ROLE") return redis_role(is_master ? "master" : "slave");
        if (words[0] == "GET") return redis_text("3");
        return std::string(words[0] == "SET" ? "+OK\r\n" : "");
    });
    Asking asking = ask_redis({server.endpoint()});
    CHECK(asking.read().reply.value == 3);
    for (int i = 0; i < 2; ++i) {
        const auto heard = asking.write();
        CHECK(heard.reply.outcome == Outcome::failed);
        CHECK(heard.reply.cause == Cause::rejected);
        CHECK(heard.detail == "the server is a slave");
    }
    CHECK(server.heard("SET") == 0);
    is_master = true;
    CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(server.accepted() == 1);
    CHECK(server.heard("ROLE") == 4);

    is_master = false;
    Asking trusting = ask_redis({server.endpoint()}, R"({"check_role": false})");
    CHECK(trusting.write().reply.outcome == Outcome::ok);
}

TEST_CASE("redis: who says READONLY is asked for its role before the next write") {
    std::atomic<bool> demoted{false};
    RedisScript server([&](const RedisWords& words) {
        if (words[0] == "ROLE") return redis_role(demoted ? "slave" : "master");
        if (words[0] != "SET") return std::string();
        return std::string(demoted ? "-READONLY no\r\n" : "+OK\r\n");
    });
    Asking asking = ask_redis({server.endpoint()});
    CHECK(asking.write().reply.outcome == Outcome::ok);
    demoted = true;
    CHECK(asking.write().detail == "READONLY no");
    CHECK(asking.write().detail == "the server is a slave");
    demoted = false;
    CHECK(asking.write().reply.outcome == Outcome::ok);
}

TEST_CASE("redis: WAIT goes behind each write, and a refusal stands whatever becomes of it") {
    std::atomic<int> mode{0};
    RedisScript server([&](const RedisWords& words) {
        if (words[0] == "SET") return std::string(mode == 2 ? "-MISCONF no\r\n" : "+OK\r\n");
        if (words[0] != "WAIT") return std::string();
        if (mode == 2) std::this_thread::sleep_for(1500ms);
        return std::string(mode == 0 ? ":1\r\n" : ":0\r\n");
    });
    Asking asking = ask_redis({server.endpoint()}, R"({"wait": 1, "wait_timeout": "20ms"})");
    CHECK(asking.write().reply.outcome == Outcome::ok);
    mode = 1;
    const auto few = asking.write();
    CHECK(few.reply.outcome == Outcome::unknown);
    CHECK(few.reply.cause == Cause::server_error);
    CHECK(few.detail == "WAIT: 0 of 1 replicas");
    mode = 2;
    const auto late = asking.operation(Verb::write, 1s);
    CHECK(late.reply.outcome == Outcome::failed);
    CHECK(late.reply.cause == Cause::timed_out);
    CHECK(server.heard("WAIT") == 3);
}

TEST_CASE("redis: who serves is the address that the server itself tells, or whoever was asked") {
    SharedText address;
    RedisScript server([&](const RedisWords& words) {
        if (words[0] == "CLIENT") return redis_text("id=1 laddr=" + address.get() + " fd=8\n");
        return std::string(words[0] == "SET" ? "+OK\r\n" : "");
    });
    address.set(server.endpoint().text());
    const Endpoint elsewhere{"127.0.0.1", 1};
    CHECK(ask_redis({server.endpoint()}).write().reply.served_by == NodeId(0));
    // A front leads to another node than the one that is asked.
    address.set(elsewhere.text());
    CHECK(ask_redis({server.endpoint(), elsewhere}).write().reply.served_by == NodeId(1));
    CHECK(ask_redis({server.endpoint()}).write().reply.served_by == unrecognised_node);
    CHECK(ask_redis({server.endpoint()}, R"({"served_by_names": {"127.0.0.1:1": "n0"}})")
              .write()
              .reply.served_by == NodeId(0));
    CHECK(
        ask_redis({server.endpoint()}, R"({"served_by": "connection"})").write().reply.served_by ==
        NodeId(0));
    CHECK_FALSE(
        ask_redis({server.endpoint()}, R"({"served_by": ""})").write().reply.served_by.known());
}

TEST_CASE("redis: redirects of a cluster are followed to nodes, and to nobody else") {
    RedisScript there([](const RedisWords& words) {
        return words[0] == "SET"   ? std::string("+OK\r\n")
               : words[0] == "GET" ? redis_text("5")
                                   : std::string();
    });
    const auto to = there.endpoint().text();
    RedisScript here(always_redis("-MOVED 3999 " + to + "\r\n"));
    const std::vector<Endpoint> both{here.endpoint(), there.endpoint()};
    constexpr std::string_view following = R"({"cluster": true, "served_by": "connection"})";
    Asking asking = ask_redis(both, following);
    for (int i = 0; i < 3; ++i) {
        const auto heard = asking.write();
        CHECK(heard.reply.outcome == Outcome::ok);
        CHECK(heard.reply.served_by == NodeId(1));
    }
    CHECK(asking.read().reply.value == 5);
    CHECK(there.accepted() == 1);
    CHECK(here.accepted() == 1);

    const auto plain = ask_redis(both).write();
    CHECK(plain.reply.outcome == Outcome::failed);
    CHECK(plain.reply.cause == Cause::rejected);
    CHECK(plain.detail == "MOVED 3999 " + to);
    const auto stranger = ask_redis({here.endpoint()}, following).write();
    CHECK(stranger.reply.outcome == Outcome::failed);
    CHECK(stranger.detail == "MOVED 3999 " + to + ", where no node is");

    SharedText self;
    RedisScript circle([&](const RedisWords& words) {
        return words[0] == "SET" ? "-MOVED 1 " + self.get() + "\r\n" : std::string();
    });
    self.set(":" + std::to_string(circle.endpoint().port));
    Asking dizzy = ask_redis({circle.endpoint()}, following);
    CHECK(dizzy.write().detail == "MOVED 1 " + self.get() + ", one redirect too many");
    CHECK(circle.heard("SET") == 6);
}

TEST_CASE("redis: who reads a node of a cluster back asks a replica for what itself holds") {
    RedisScript replica([](const RedisWords& words) {
        return words[0] == "GET" ? redis_text("5") : std::string();
    });
    Asking asking({replica.endpoint()}, R"({"cluster": true})", false, drivers::redis);
    CHECK(asking.read().reply.value == 5);
    CHECK(replica.heard("READONLY") == 1);

    // What another node holds is no answer.
    RedisScript behind(always_redis("-MOVED 1 " + replica.endpoint().text() + "\r\n"));
    Asking direct({behind.endpoint(), replica.endpoint()}, R"({"cluster": true})", false,
                  drivers::redis);
    const auto moved = direct.read();
    CHECK(moved.reply.outcome == Outcome::failed);
    CHECK(moved.reply.cause == Cause::rejected);
}

TEST_CASE("redis: ASK leads to another node for once, behind ASKING") {
    std::atomic<bool> asked{false};
    RedisScript there([&](const RedisWords& words) {
        if (words[0] == "ASKING") {
            asked = true;
            return std::string("+OK\r\n");
        }
        if (words[0] != "SET") return std::string();
        return std::string(asked.exchange(false) ? "+OK\r\n" : "-TRYAGAIN no\r\n");
    });
    RedisScript here(always_redis("-ASK 3999 " + there.endpoint().text() + "\r\n"));
    Asking asking = ask_redis({here.endpoint(), there.endpoint()}, R"({"cluster": true})");
    for (int i = 0; i < 3; ++i) CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(here.heard("SET") == 3);
}

TEST_CASE("redis: a redirected write is in doubt only from the node that it was led to") {
    std::atomic<bool> answers{true};
    RawServer there([&](RawConnection& client) {
        RedisTalk talk(client);
        talk.next();
        talk.next();
        if (!answers) return;
        client.send(usual_setup);
        talk.next();
    });
    RedisScript here(always_redis("-MOVED 1 " + there.endpoint().text() + "\r\n"));
    const std::vector<Endpoint> both{here.endpoint(), there.endpoint()};
    Asking asking = ask_redis(both, R"({"cluster": true})");
    CHECK(asking.write().reply.outcome == Outcome::unknown);
    answers = false;
    CHECK(asking.write().reply.outcome == Outcome::failed);
}
