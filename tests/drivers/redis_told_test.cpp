// Each row of the outcome table of harness/drivers/redis/README.md, by the bytes of the answer.
#include "harness/drivers/redis/told.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace gameday;
using namespace gameday::drivers;
using namespace std::chrono_literals;

namespace {

std::vector<RedisReply> read_all(std::string_view bytes) {
    RedisReader reader;
    reader.put(bytes);
    std::vector<RedisReply> replies(1);
    while (reader.next(replies.back()) == RedisReader::State::whole) replies.emplace_back();
    replies.pop_back();
    REQUIRE(reader.is_empty());
    return replies;
}

struct Meant {
    Outcome outcome;
    Cause cause;
    std::string detail{};
    bool operator==(const Meant&) const = default;
};

Meant of_write(std::string_view bytes, std::string_view command = "SET {key} {value}",
               std::uint64_t replicas = 0) {
    std::string words;
    const auto replies = read_all(bytes);
    const auto manner = manner_of(RedisCommand(*split_command(command)));
    const Reply reply = read_redis(replies, {Verb::write, false, manner, replicas}, words);
    return {reply.outcome, reply.cause, words};
}

Meant of_read(std::string_view bytes) {
    std::string words;
    const Reply reply = read_redis(read_all(bytes), {Verb::read, false, {}, 0}, words);
    return {reply.outcome, reply.cause, words};
}

Reply value_of(std::string_view bytes, bool foreign_values = false) {
    std::string words;
    Reply reply = read_redis(read_all(bytes), {Verb::read, foreign_values, {}, 0}, words);
    reply.detail = {};
    return reply;
}

const Meant done{Outcome::ok, Cause::none};

// As a script has them, too: it may have written before.
constexpr std::string_view script = "EVAL x 1 {key} {value}";

NodeStatus status_of(StatusSubject subject, std::string_view bytes, Params params = {}) {
    std::string words;
    const auto question = compile_redis_question({subject, std::move(params)}, {});
    REQUIRE(question.has_value());
    NodeStatus status = read_redis_status(read_all(bytes), *question, words);
    status.detail = {};
    return status;
}

std::string why_not(StatusSubject subject, std::string_view bytes, Params params = {}) {
    std::string words;
    const auto question = compile_redis_question({subject, std::move(params)}, {});
    REQUIRE(question.has_value());
    read_redis_status(read_all(bytes), *question, words);
    return words;
}

std::string info_of(std::string_view fields) {
    const std::string text = "# Replication\r\n" + std::string(fields);
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

const std::string master_role = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
const std::string slave_role =
    "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:14\r\n";

}  // namespace

TEST_CASE("redis: answers that mean that a write is done") {
    for (const char* bytes :
         {"+OK\r\n", ":1\r\n", ":0\r\n", "$3\r\nold\r\n", "*2\r\n:1\r\n+OK\r\n", "*0\r\n"}) {
        CAPTURE(bytes);
        CHECK(of_write(bytes) == done);
    }
    CHECK(of_write("$-1\r\n", "GETSET {key} {value}") == done);
    CHECK(of_write("+OK\r\n", script) == done);
}

TEST_CASE("redis: answers that mean that a write was not done, or that nobody knows") {
    CHECK(of_write("$-1\r\n") ==
          Meant{Outcome::failed, Cause::rejected, "the answer is nil: not done"});
    CHECK(of_write(":0\r\n", "SETNX {key} {value}") ==
          Meant{Outcome::failed, Cause::rejected, "the answer is 0: not done"});
    CHECK(of_write(":0\r\n", "ZADD z NX {value} {key}").outcome == Outcome::unknown);
    CHECK(of_write("$-1\r\n", script).outcome == Outcome::unknown);
    CHECK(of_write(":0\r\n", script).outcome == Outcome::unknown);
    CHECK(of_write("*2\r\n+OK\r\n-ERR no\r\n") ==
          Meant{Outcome::unknown, Cause::server_error, "a list with an error: ERR no"});
    CHECK(of_write("*2\r\n+OK\r\n$-1\r\n").outcome == Outcome::unknown);
    const std::string_view no_text = "an error without a text";
    CHECK(of_write("-\r\n") == Meant{Outcome::unknown, Cause::server_error, std::string(no_text)});
    CHECK(of_read("-\r\n") == Meant{Outcome::failed, Cause::server_error, std::string(no_text)});
}

TEST_CASE("redis: errors before a command is carried out; a script may have written before") {
    struct Row {
        std::string text;
        bool before_scripts;
    };
    const std::vector<Row> rows{
        {"READONLY You can't write against a read only replica.", true},
        {"LOADING Redis is loading the dataset in memory", true},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true},
        {"NOAUTH Authentication required.", true},
        {"WRONGPASS invalid username-password pair or user is disabled.", true},
        {"DENIED Redis is running in protected mode", true},
        {"MOVED 3999 127.0.0.1:6381", true},
        {"ASK 3999 127.0.0.1:6381", true},
        {"BUSY Redis is busy running a script.", true},
        {"NOSCRIPT No matching script.", true},
        {"MISCONF Redis is configured to save RDB snapshots", false},
        {"NOREPLICAS Not enough good replicas to write.", false},
        {"NOPERM this user has no permissions", false},
        {"OOM command not allowed when used memory > 'maxmemory'.", false},
        {"CLUSTERDOWN Hash slot not served", false},
        {"TRYAGAIN Multiple keys request during rehashing of slot", false},
        {"CROSSSLOT Keys in request don't hash to the same slot", false},
        {"EXECABORT Transaction discarded because of previous errors.", false},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", false},
        {"ERR wrong number of arguments for 'set' command", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const std::string bytes = "-" + row.text + "\r\n";
        CHECK(of_write(bytes) == Meant{Outcome::failed, Cause::rejected, row.text});
        CHECK(of_read(bytes) == Meant{Outcome::failed, Cause::rejected, row.text});
        CHECK(of_write(bytes, script).outcome ==
              (row.before_scripts ? Outcome::failed : Outcome::unknown));
    }
}

TEST_CASE("redis: errors that do not tell whether a write was done") {
    for (const std::string text :
         {"UNKILLABLE Sorry the script already executed write commands", "FLUX something new",
          "UNBLOCKED force unblock from blocking operation, instance state changed",
          // Of proxies, which may have passed the command on.
          "ERR Connection timed out", "ERR server connection reset", "ERR Broken pipe",
          "upstream failure"}) {
        CAPTURE(text);
        CHECK(of_write("-" + text + "\r\n") == Meant{Outcome::unknown, Cause::server_error, text});
        CHECK(of_read("-" + text + "\r\n") == Meant{Outcome::failed, Cause::server_error, text});
    }
}

TEST_CASE("redis: a write that too few replicas have is in doubt") {
    const std::string set = "SET {key} {value}";
    CHECK(of_write("+OK\r\n:1\r\n", set, 1) == done);
    CHECK(of_write("+OK\r\n:2\r\n", set, 1) == done);
    CHECK(of_write("+OK\r\n:0\r\n", set, 1) ==
          Meant{Outcome::unknown, Cause::server_error, "WAIT: 0 of 1 replicas"});
    CHECK(of_write("+OK\r\n-ERR WAIT cannot be used with replica instances.\r\n", set, 1) ==
          Meant{Outcome::unknown, Cause::server_error,
                "WAIT: ERR WAIT cannot be used with replica instances."});
    CHECK(of_write("+OK\r\n+OK\r\n", set, 1).cause == Cause::malformed);
    // What was refused is not done, whatever WAIT says.
    CHECK(of_write("-READONLY no\r\n:0\r\n", set, 1).outcome == Outcome::failed);
}

TEST_CASE("redis: what a read finds") {
    Reply found;
    found.outcome = Outcome::ok;
    found.value = 12;
    CHECK(value_of("$2\r\n12\r\n") == found);
    CHECK(value_of(":12\r\n") == found);
    CHECK(value_of("+12\r\n") == found);
    Reply absent;
    absent.outcome = Outcome::ok;
    absent.says_absent = true;
    CHECK(value_of("$-1\r\n") == absent);
    CHECK(value_of("*-1\r\n") == absent);
    found.value = foreign_value;
    for (const char* bytes :
         {"$2\r\nab\r\n", ":-3\r\n", "$0\r\n\r\n", "$20\r\n99999999999999999999\r\n"}) {
        CAPTURE(bytes);
        CHECK(value_of(bytes, true) == found);
        CHECK(of_read(bytes).outcome == Outcome::failed);
        CHECK(of_read(bytes).cause == Cause::malformed);
    }
    CHECK(of_read("$3\r\n12a\r\n").detail == "the answer is no number: \"12a\"");
    CHECK(of_read("*2\r\n:1\r\n:2\r\n") ==
          Meant{Outcome::failed, Cause::unexpected,
                "a list of 2, write a command that answers one value"});
}

TEST_CASE("redis: redirects, roles, addresses and masters are read from what servers say") {
    const auto redirect = [](std::string_view text) {
        const auto read = read_redis_redirect(read_all("-" + std::string(text) + "\r\n")[0]);
        if (!read) return std::string();
        return std::string(read->asking ? "ask " : "") + read->address + " " +
               std::to_string(read->port);
    };
    CHECK(redirect("MOVED 3999 127.0.0.1:6381") == "127.0.0.1 6381");
    CHECK(redirect("ASK 3999 ::1:6381") == "ask ::1 6381");
    CHECK(redirect("MOVED 3999 :6381") == " 6381");
    for (const char* text : {"MOVED", "MOVED 3999", "MOVED 3999 a:0", "MOVED 3999 a:70000",
                             "MOVEDX 1 a:1", "ERR MOVED 1 a:1"}) {
        CAPTURE(text);
        CHECK(redirect(text).empty());
    }
    CHECK(role_refusal(read_all(master_role)[0]).empty());
    CHECK(role_refusal(read_all(slave_role)[0]) == "the server is a slave");
    CHECK(role_refusal(read_all("*2\r\n$8\r\nsentinel\r\n*0\r\n")[0]) ==
          "the server is a sentinel");
    CHECK(role_refusal(read_all("-NOPERM no\r\n")[0]) ==
          "ROLE: NOPERM no; allow the user +role, or write \"check_role\": false");
    CHECK(role_refusal(read_all("*0\r\n")[0]) == "ROLE: no role");
    CHECK(role_refusal(read_all("+PONG\r\n")[0]) == "ROLE: no role");
    const std::string line = "id=3 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=8 name=\n";
    CHECK(own_address(read_all("$" + std::to_string(line.size()) + "\r\n" + line + "\r\n")[0]) ==
          "127.0.0.1:6379");
    CHECK(own_address(read_all("-ERR unknown laddr=1:1\r\n")[0]).empty());
    CHECK(read_master(read_all("*2\r\n$8\r\n10.0.0.7\r\n$4\r\n6379\r\n")[0])->text() ==
          "10.0.0.7:6379");
    CHECK(read_master(read_all("*-1\r\n")[0]).error().message == "knows no master of that name");
    CHECK(read_master(read_all("-ERR x\r\n")[0]).error().message == "ERR x");
    CHECK(read_master(read_all("*1\r\n$1\r\na\r\n")[0]).error().message == "tells no address");
}

TEST_CASE("redis: health and role") {
    const NodeStatus good{Cause::none, true};
    CHECK(status_of(StatusSubject::health, "+PONG\r\n") == good);
    CHECK(status_of(StatusSubject::health, "-LOADING x\r\n") == NodeStatus{});
    CHECK(why_not(StatusSubject::health, "-LOADING x\r\n") == "PING: LOADING x");
    const Params role{{"path", "role"}};
    CHECK(status_of(StatusSubject::health, master_role, role) == good);
    CHECK(why_not(StatusSubject::health, slave_role, role) == "the server is a slave");
    const Params login{{"password", "p"}};
    CHECK(status_of(StatusSubject::health, "+OK\r\n+PONG\r\n", login) == good);
    CHECK(why_not(StatusSubject::health, "-WRONGPASS no\r\n-NOAUTH no\r\n", login) ==
          "AUTH: WRONGPASS no");

    NodeStatus wanted{Cause::none, true, Role::primary};
    CHECK(status_of(StatusSubject::role, master_role + info_of("role:master\r\n")) == wanted);
    wanted.role = Role::replica;
    CHECK(status_of(StatusSubject::role,
                    slave_role + info_of("role:slave\r\nmaster_link_status:up\r\n"
                                         "master_last_io_seconds_ago:3\r\n")) == wanted);
    CHECK(status_of(StatusSubject::role, slave_role + info_of("master_link_status:down\r\n"
                                                              "master_link_down_since_seconds:-1"
                                                              "\r\n")) == wanted);
    wanted.lag = 12s;
    CHECK(status_of(StatusSubject::role, slave_role + info_of("master_link_status:down\r\n"
                                                              "master_link_down_since_seconds:12"
                                                              "\r\n")) == wanted);
    CHECK(why_not(StatusSubject::role, "*2\r\n$8\r\nsentinel\r\n*0\r\n" + info_of("")) ==
          "it is a sentinel");
    CHECK(why_not(StatusSubject::role, master_role + "-NOPERM no\r\n") == "INFO: NOPERM no");
}
