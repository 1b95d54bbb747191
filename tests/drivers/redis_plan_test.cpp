// What a scenario says of the redis driver, its commands as bytes, and the reader of answers.
#include "harness/base/random.hpp"
#include "harness/drivers/redis/plan.hpp"
#include "harness/drivers/redis/reply.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace gameday;
using namespace gameday::drivers;

namespace {

std::string redis_errors(const Params& params) {
    const auto plan = compile_redis(params, Topology{});
    return plan ? "" : plan.error().message;
}

std::string rendered(std::string_view command, std::uint64_t key, std::uint64_t value) {
    const auto plan = compile_redis({{"write", std::string(command)}}, Topology{});
    REQUIRE(plan.has_value());
    std::string bytes;
    plan->write.append_to(bytes, key, value);
    return bytes;
}

RedisManner::Says zero_of(std::string_view command) {
    return manner_of(RedisCommand(*split_command(command))).zero;
}

RedisManner::Says nil_of(std::string_view command) {
    return manner_of(RedisCommand(*split_command(command))).nil;
}

}  // namespace

TEST_CASE("redis: a command is parted at blanks, quotes keep them, and places are filled in") {
    CHECK(rendered("SET gameday:{key} {value}", 12, 345) ==
          "*3\r\n$3\r\nSET\r\n$10\r\ngameday:12\r\n$3\r\n345\r\n");
    CHECK(rendered(" HSET\t\"a key\" f{key} \"say \\\"{value}\\\"\" ", 1, 2) ==
          "*4\r\n$4\r\nHSET\r\n$5\r\na key\r\n$2\r\nf1\r\n$7\r\nsay \"2\"\r\n");
    CHECK(rendered("SET k{key_base64} \"\"", 1, 2) ==
          "*3\r\n$3\r\nSET\r\n$5\r\nkMQ==\r\n$0\r\n\r\n");
    CHECK(rendered("INCR counter", 1, 2) == "*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n");
}

TEST_CASE("redis: every wrong parameter is named with what to write") {
    CHECK(redis_errors({}).empty());
    CHECK(redis_errors({{"read", "GET \"x"}}) == "read: a double quote has no other one behind it");
    CHECK(redis_errors({{"read", " "}}) == "read: has no command");
    CHECK(redis_errors({{"write", "multi"}}) ==
          "write: MULTI is no operation: it changes the connection, or has no answer of its own");
    CHECK(redis_errors({{"write", "SET {keys} {value}"}}) ==
          "write: {keys} stands for nothing, write {key}, {value}, {key_base64} or "
          "{value_base64}");
    CHECK(redis_errors({{"write", "SET {key} {value} NX GET"}}) ==
          "write: the answer of SET with GET does not tell whether NX held, leave GET out");
    CHECK(redis_errors({{"write", "SET {key} {value} IFEQ 3 GET"}}) ==
          "write: the answer of SET with GET does not tell whether IFEQ held, leave GET out");
    CHECK(redis_errors({{"wait", 1}, {"wait_timeout", "100us"}}) ==
          "wait_timeout: 0 waits forever, write 1ms or more");
    CHECK(redis_errors({{"user", "eve"}}) == "user: logs in by a password, write \"password\"");
    CHECK(redis_errors({{"sentinels", List{"127.0.0.1"}}}) ==
          "master_name: is missing: what the sentinels call the master\n"
          "sentinels: \"127.0.0.1\" is not an endpoint, write \"address:port\", for example "
          "\"127.0.1.1:7000\" or \"[::1]:7000\"");
    CHECK(redis_errors({{"master_name", "m"}}) ==
          "sentinels: is missing: whom to ask for the "
          "master");
    CHECK(redis_errors(
              {{"sentinels", List{"127.0.0.1:1"}}, {"master_name", "m"}, {"cluster", true}}) ==
          "cluster: a cluster has no sentinels, leave one of the two out");
    CHECK(redis_errors({{"sentinels", List{"127.0.0.1:1"}},
                        {"master_name", "m"},
                        {"sentinel_user", "u"}}) ==
          "sentinel_user: logs in by a password, write \"sentinel_password\"");
    CHECK(redis_errors({{"sentinel_password", "p"}}) ==
          "sentinel_password: has no meaning without \"sentinels\", remove it");
    CHECK(redis_errors({{"tls", Params{{"key", "k.pem"}}}}) ==
          "tls: certificate: is missing, a certificate and its key go together");
    CHECK(redis_errors({{"served_by", "me"}}) ==
          "served_by: \"me\" is not one of address, connection");
    const auto question = compile_redis_question({StatusSubject::health, {{"path", "\""}}}, {});
    REQUIRE(question.has_error());
    CHECK(question.error().message == "path: a double quote has no other one behind it");
}

TEST_CASE("redis: what nil and 0 say of a write depends on its command") {
    using Says = RedisManner::Says;
    CHECK(nil_of("set {key} {value} nx") == Says::not_done);
    CHECK(nil_of("GETSET {key} {value}") == Says::done);
    CHECK(nil_of("SET {key} {value} get") == Says::done);
    CHECK(nil_of("EVAL x 1 {key} {value}") == Says::unclear);
    CHECK(zero_of("HSET h {key} {value}") == Says::done);
    CHECK(zero_of("setnx {key} {value}") == Says::not_done);
    CHECK(zero_of("ZADD z {value} {key}") == Says::done);
    CHECK(zero_of("ZADD z GT {value} {key}") == Says::unclear);
    CHECK(zero_of("FCALL f 1 {key} {value}") == Says::unclear);
}

TEST_CASE("redis: a new connection asks all it has to know in one go") {
    const auto plain = compile_redis({}, Topology{});
    REQUIRE(plain.has_value());
    CHECK(plain->setup.bytes == "*1\r\n$4\r\nROLE\r\n*2\r\n$6\r\nCLIENT\r\n$4\r\nINFO\r\n");
    const auto full = compile_redis({{"user", "u"},
                                     {"password", "p q"},
                                     {"database", 3},
                                     {"check_role", false},
                                     {"served_by", ""},
                                     {"wait", 2}},
                                    Topology{});
    REQUIRE(full.has_value());
    CHECK(full->setup.bytes ==
          "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$3\r\np q\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n");
    CHECK(full->wait == "*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$3\r\n500\r\n");
    const auto bare =
        compile_redis({{"check_role", false}, {"served_by", "connection"}}, Topology{});
    CHECK(bare->setup.steps.empty());
}

TEST_CASE("redis: answers are read in any pieces, and none is taken from half of its bytes") {
    using State = RedisReader::State;
    const std::string bytes =
        "+OK\r\n:-7\r\n$-1\r\n$5\r\na\r\nbc\r\n*3\r\n$1\r\nx\r\n*1\r\n:1\r\n-ERR no\r\n*-1\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        RedisReader reader;
        std::vector<RedisReply> replies(1);
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            reader.put(std::string_view(bytes).substr(at, piece));
            while (reader.next(replies.back()) == State::whole) replies.emplace_back();
        }
        REQUIRE(replies.size() == 7);
        CHECK(reader.is_empty());
        CHECK(replies[0].text() == "OK");
        CHECK(replies[1].items[0].integer == -7);
        CHECK(replies[2].type() == RedisReply::Type::nil);
        CHECK(replies[3].text() == "a\r\nbc");
        CHECK(replies[4].items[0].size == 3);
        CHECK(replies[4].text(1) == "x");
        CHECK(replies[4].text(4) == "ERR no");
        CHECK(replies[4].holds(RedisReply::Type::error));
        CHECK(replies[5].type() == RedisReply::Type::nil);
    }
}

TEST_CASE("redis: what is no answer, or too long or too deep a one, is told") {
    const auto problem = [](const std::string& bytes) {
        RedisReader reader;
        RedisReply reply;
        reader.put(bytes);
        return reader.next(reply) == RedisReader::State::wrong ? reader.problem() : "";
    };
    CHECK(problem("HTTP/1.1 400 Bad Request\r\n") ==
          "Protocol error, got \"H\" as reply type byte");
    CHECK(problem("$3\r\nabcde\r\n") == "a text does not end where its length says");
    CHECK(problem(":12a\r\n") != "");
    CHECK(problem("$-2\r\n") != "");
    CHECK(problem("*4294967297\r\n") != "");
    CHECK(problem("%1\r\n+a\r\n+b\r\n") != "");  // RESP3, which nobody asked for
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += "*1\r\n";
    CHECK(problem(deep + ":1\r\n") != "");
    CHECK(problem("*2147483647\r\n").empty());  // costs nothing
    CHECK(problem("$2000000\r\n" + std::string(RedisReader::reply_max, 'x')) ==
          "an answer of more than 1048576 bytes");
    CHECK(problem("*99\r\n" + std::string(RedisReader::reply_max, '\n')) != "");
}

TEST_CASE("redis: of any bytes the same answers are read, in whichever pieces they come") {
    using State = RedisReader::State;
    const std::string base =
        "*3\r\n$6\r\nmaster\r\n:31\r\n*2\r\n$1\r\na\r\n-ERR x\r\n+OK\r\n$-1\r\n$3\r\n123\r\n*0\r\n";
    // The texts of all answers, and how it went on.
    const auto read = [](std::string_view bytes, std::size_t piece) {
        RedisReader reader;
        RedisReply reply;
        std::string all;
        State state = State::more;
        while (!bytes.empty() && state != State::wrong) {
            const auto next = bytes.substr(0, piece);
            bytes.remove_prefix(next.size());
            reader.put(next);
            while ((state = reader.next(reply)) == State::whole) {
                for (std::size_t i = 0; i < reply.items.size(); ++i) {
                    all +=
                        std::to_string(reply.items[i].integer) + std::string(reply.text(i)) + ' ';
                }
            }
        }
        return all + (state == State::wrong ? "wrong" : "more");
    };
    Random random(7, "redis bytes");
    constexpr std::string_view letters = "*$:+-0123456789\r\n\r\nax";
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = base;
        for (std::uint64_t i = random.below(4); i > 0; --i) {
            const auto at = random.below(bytes.size());
            const char letter = letters[random.below(letters.size())];
            if (random.chance(0.5)) {
                bytes[at] = letter;
            } else {
                bytes.insert(at, 1, letter);
            }
        }
        const auto whole = read(bytes, bytes.size());
        const auto pieces = read(bytes, 1 + random.below(7));
        if (whole != pieces)
            FAIL(bytes << " is " << whole << " at once, " << pieces << " in pieces");
    }
}
