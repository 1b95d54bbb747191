// The postgres driver against a server whose every answer is written here: README.md's table.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/postgres_server.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace gameday::drivers {
extern const DriverKind postgres;
}

namespace postgres_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view plain = R"({"served_by": ""})";

struct Asked {
    explicit Asked(const RawServer& server, std::string_view params = plain)
        : asking({server.endpoint()}, params, false, drivers::postgres) {}
    Asking asking;
};

// What an operation is told where the server answers it so.
Heard told(Verb verb, const std::string& answer) {
    const RawServer server(pg_serve([&](const std::string&) { return answer; }));
    Asked asked(server);
    return asked.asking.operation(verb);
}

void check_heard(const Heard& heard, Outcome outcome, Cause cause) {
    INFO(heard.detail);
    CHECK(heard.reply.outcome == outcome);
    CHECK(heard.reply.cause == cause);
    CHECK(heard.detail.empty() == (outcome == Outcome::ok));
}

const std::string inserted = pg_done("INSERT 0 1") + pg_ready();

}  // namespace

TEST_CASE("postgres: an answer without an error is ok, and tells value and version") {
    check_heard(told(Verb::write, inserted), Outcome::ok, Cause::none);
    const auto read = told(Verb::read, pg_value("v", "42") + pg_ready());
    check_heard(read, Outcome::ok, Cause::none);
    CHECK(read.reply.value == 42);
    CHECK(!read.reply.says_absent);
    const auto versioned =
        told(Verb::write, pg_columns({"version"}) + pg_row({"17592186044417"}) + inserted);
    CHECK(versioned.reply.version == 17592186044417U);
}

TEST_CASE("postgres: no row, or null, is an absent key") {
    const auto none = told(Verb::read, pg_columns({"v"}) + pg_done("SELECT 0") + pg_ready());
    CHECK(none.reply.says_absent);
    check_heard(none, Outcome::ok, Cause::none);
    const auto null = told(
        Verb::read, pg_columns({"v"}) + pg_row({std::nullopt}) + pg_done("SELECT 1") + pg_ready());
    CHECK(null.reply.says_absent);
    check_heard(null, Outcome::ok, Cause::none);
}

TEST_CASE("postgres: a value that is no number is malformed, and foreign where that may be") {
    const std::string answer = pg_value("v", "pear") + pg_ready();
    check_heard(told(Verb::read, answer), Outcome::failed, Cause::malformed);
    const RawServer server(pg_serve([&](const std::string&) { return answer; }));
    Asking asking({server.endpoint()}, plain, true, drivers::postgres);
    CHECK(asking.read().reply.value == foreign_value);
}

TEST_CASE("postgres: an error undoes the statements") {
    for (const std::string state : {"25006", "40001", "40P01", "23505", "57014", "P0001"}) {
        const std::string answer = pg_error("ERROR", state, "no") + pg_ready();
        check_heard(told(Verb::write, answer), Outcome::failed, Cause::rejected);
        check_heard(told(Verb::read, answer), Outcome::failed, Cause::rejected);
    }
}

TEST_CASE("postgres: some errors leave it in doubt") {
    for (const std::string state : {"08006", "40003"}) {
        const std::string answer = pg_error("ERROR", state, "no") + pg_ready();
        check_heard(told(Verb::write, answer), Outcome::unknown, Cause::server_error);
        check_heard(told(Verb::read, answer), Outcome::failed, Cause::server_error);
    }
    const std::string fatal = pg_error("FATAL", "57P01", "terminating connection");
    check_heard(told(Verb::write, fatal + pg_ready()), Outcome::unknown, Cause::server_error);
    // The first transaction stands, whatever became of the second.
    check_heard(
        told(Verb::write, pg_done("COMMIT") + pg_error("ERROR", "23505", "no") + pg_ready()),
        Outcome::unknown, Cause::server_error);
}

TEST_CASE("postgres: a cancelled wait for a synchronous standby is no success") {
    const std::string answer =
        pg_warning("SyncRepWaitForLSN", "Warten auf synchrone Replikation wird storniert") +
        inserted;
    const auto heard = told(Verb::write, answer);
    check_heard(heard, Outcome::unknown, Cause::server_error);
    CHECK(heard.detail == "Warten auf synchrone Replikation wird storniert");
    check_heard(told(Verb::write, pg_warning("elsewhere", "mind the gap") + inserted), Outcome::ok,
                Cause::none);
}

TEST_CASE("postgres: a transaction that does not end as it should is no success") {
    const std::string update = pg_done("UPDATE 1");
    check_heard(told(Verb::write, pg_done("BEGIN") + update + pg_ready('T')), Outcome::unknown,
                Cause::unexpected);
    check_heard(told(Verb::write, pg_done("BEGIN") + update + pg_done("ROLLBACK") + pg_ready()),
                Outcome::failed, Cause::rejected);
    check_heard(told(Verb::write, pg_done("BEGIN") + update + pg_done("COMMIT") + pg_ready()),
                Outcome::ok, Cause::none);
}

TEST_CASE("postgres: a ROLLBACK that comes first undoes nothing of the write") {
    const std::string rest = pg_done("BEGIN") + pg_done("INSERT 0 1") + pg_done("COMMIT");
    check_heard(told(Verb::write, pg_done("ROLLBACK") + rest + pg_ready()), Outcome::ok,
                Cause::none);
    // ROLLBACK TO a savepoint looks the same.
    check_heard(told(Verb::write, pg_done("BEGIN") + pg_done("ROLLBACK") + rest + pg_ready()),
                Outcome::unknown, Cause::unexpected);
}

TEST_CASE("postgres: a procedure may have committed before its error") {
    const RawServer server(
        pg_serve([](const std::string&) { return pg_error("ERROR", "P0001", "no") + pg_ready(); }));
    const auto outcome = [&](std::string_view write) {
        const auto params = fmt::format(R"j({{"served_by": "connection", "write": "{}"}})j", write);
        Asking asking({server.endpoint()}, params, false, drivers::postgres);
        return asking.write().reply.outcome;
    };
    CHECK(outcome("call put({key})") == Outcome::unknown);
    CHECK(outcome("select 1;  DO $$ begin end $$") == Outcome::unknown);
    CHECK(outcome("insert into t values ({key}) on conflict do nothing") == Outcome::failed);
    CHECK(outcome("select calls({key})") == Outcome::failed);
}

TEST_CASE("postgres: a write that changes no row is in doubt") {
    const std::string none = pg_done("UPDATE 0");
    check_heard(told(Verb::write, none + pg_ready()), Outcome::unknown, Cause::unexpected);
    check_heard(told(Verb::write, pg_done("INSERT 0 0") + pg_ready()), Outcome::unknown,
                Cause::unexpected);
    check_heard(told(Verb::write, pg_done("INSERT 0 1") + none + pg_ready()), Outcome::unknown,
                Cause::unexpected);
}

TEST_CASE("postgres: COPY and a read without rows are no operations") {
    const std::string copy = pg_message('H', std::string("\0\0\0", 3));
    check_heard(told(Verb::write, copy), Outcome::unknown, Cause::malformed);
    check_heard(told(Verb::read, copy), Outcome::failed, Cause::malformed);
    check_heard(told(Verb::read, inserted), Outcome::failed, Cause::unexpected);
}

TEST_CASE("postgres: a broken connection is told by what had been sent") {
    const RawServer at_once([](RawConnection& connection) { connection.reset(); });
    Asked asked(at_once);
    check_heard(asked.asking.write(), Outcome::failed, Cause::reset);

    const RawServer after_query([](RawConnection& connection) {
        if (pg_welcome(connection)) pg_read_query(connection);
        connection.finish();
    });
    Asked sent(after_query);
    check_heard(sent.asking.write(), Outcome::unknown, Cause::reset);
    check_heard(sent.asking.read(), Outcome::failed, Cause::reset);

    Asking nobody({Endpoint{"127.0.0.1", 1}}, plain, false, drivers::postgres);
    check_heard(nobody.write(), Outcome::failed, Cause::refused);
}

TEST_CASE("postgres: an answer cut anywhere is never a success") {
    const std::string whole = pg_columns({"v"}) + pg_row({"42"}) + pg_done("SELECT 1") + pg_ready();
    const std::string written = inserted;
    for (const auto& [verb, answer] : {std::pair(Verb::read, whole), {Verb::write, written}}) {
        for (std::size_t cut = 0; cut < answer.size(); ++cut) {
            const RawServer server([&, cut = cut](RawConnection& connection) {
                if (!pg_welcome(connection) || pg_read_query(connection).empty()) return;
                connection.send(answer.substr(0, cut));
                connection.finish();
            });
            Asked asked(server);
            const auto heard = asked.asking.operation(verb);
            INFO("cut at " << cut << " of " << answer.size());
            check_heard(heard, verb == Verb::read ? Outcome::failed : Outcome::unknown,
                        Cause::reset);
        }
    }
}

TEST_CASE("postgres: an overdue operation is in doubt once it was sent") {
    std::atomic<bool> over = false;
    const auto hang = [&] {
        while (!over) std::this_thread::sleep_for(1ms);
    };
    const RawServer mute([&](RawConnection&) { hang(); });
    Asked connecting(mute);
    const auto before = connecting.asking.operation(Verb::write, 50ms);
    CHECK(before.reply.outcome == Outcome::failed);
    CHECK(before.reply.cause == Cause::timed_out);

    const RawServer slow([&](RawConnection& connection) {
        if (pg_welcome(connection)) pg_read_query(connection);
        hang();
    });
    Asked sent(slow);
    CHECK(sent.asking.operation(Verb::write, 200ms).reply.outcome == Outcome::unknown);
    CHECK(sent.asking.operation(Verb::read, 200ms).reply.outcome == Outcome::failed);
    over = true;
}

TEST_CASE("postgres: a refused connection is told as the server tells it") {
    const RawServer server([](RawConnection& connection) {
        connection.read_bytes(4);
        connection.read_bytes(4);
        connection.send("N");
        const std::string length = connection.read_bytes(4);
        if (length.empty()) return;
        connection.send(pg_error("FATAL", "57P03", "the database system is starting up"));
        connection.finish();
    });
    Asked asked(server, R"({"served_by": "", "connection": {"gssencmode": "disable"}})");
    const auto heard = asked.asking.write();
    check_heard(heard, Outcome::failed, Cause::rejected);
    CHECK(heard.detail.find("starting up") != std::string::npos);
}

TEST_CASE("postgres: who serves is asked once a connection, and a column goes before it") {
    std::atomic<int> asked_who = 0;
    Endpoint own;
    const RawServer server(pg_serve([&](const std::string& text) {
        if (text.find("inet_server_addr") != std::string::npos) {
            ++asked_who;
            return pg_value("who", own.text()) + pg_ready();
        }
        if (text == "poll") {
            return pg_columns({"v", "served_by"}) + pg_row({"1", "n1"}) + pg_done("SELECT 1") +
                   pg_ready();
        }
        return inserted;
    }));
    own = server.endpoint();
    Asking asking({server.endpoint(), Endpoint{"127.0.0.1", 1}}, R"({"read": "poll"})", false,
                  drivers::postgres);
    CHECK(asking.write().reply.served_by == NodeId(0));
    CHECK(asking.write().reply.served_by == NodeId(0));
    CHECK(asking.read().reply.served_by == NodeId(1));
    CHECK(asked_who == 1);
    CHECK(server.accepted() == 1);
}

TEST_CASE("postgres: an address of nobody is somebody who is no node") {
    const RawServer server(pg_serve([&](const std::string& text) {
        return text.find("inet_server_addr") == text.npos
                   ? inserted
                   : pg_value("who", "10.9.9.9:5432") + pg_ready();
    }));
    Asked asked(server, "{}");
    CHECK(asked.asking.write().reply.served_by == unrecognised_node);
    Asked declared(server, R"({"served_by": "connection"})");
    CHECK(declared.asking.write().reply.served_by == NodeId(0));
    Asked named(server, R"({"served_by_names": {"10.9.9.9:5432": "r0"}})");
    CHECK(named.asking.write().reply.served_by == NodeId(0));
}

TEST_CASE("postgres: with hosts all, the next node is asked where one takes no connection") {
    const RawServer refusing([](RawConnection& connection) { connection.reset(); });
    std::atomic<bool> over = false;
    const RawServer mute([&](RawConnection&) {
        while (!over) std::this_thread::sleep_for(1ms);
    });
    const RawServer good(pg_serve([&](const std::string&) { return inserted; }));
    Asking asking({refusing.endpoint(), mute.endpoint(), good.endpoint()},
                  R"({"hosts": "all", "served_by": "connection"})", false, drivers::postgres,
                  RegionId(0));
    const auto heard = asking.operation(Verb::write, 2s);
    check_heard(heard, Outcome::ok, Cause::none);
    CHECK(heard.reply.served_by == NodeId(2));
    // Who asks without being of a region reads a node back: what another one holds is no answer.
    Asking direct({refusing.endpoint(), good.endpoint()}, R"({"hosts": "all"})", false,
                  drivers::postgres);
    CHECK(direct.read().reply.outcome == Outcome::failed);
    over = true;
}

TEST_CASE("postgres: a kept connection that died meanwhile is not used") {
    const RawServer server([](RawConnection& connection) {
        if (!pg_welcome(connection)) return;
        if (!pg_read_query(connection).empty()) connection.send(inserted);
        connection.finish();  // after one operation
    });
    Asked asked(server);
    for (int i = 0; i < 3; ++i) {
        check_heard(asked.asking.write(), Outcome::ok, Cause::none);
        server.wait_for_ended(i + 1);
    }
    CHECK(server.accepted() == 3);
}

TEST_CASE("postgres: a session that is left in a transaction is not used again") {
    const RawServer server(pg_serve(
        [](const std::string&) { return pg_error("ERROR", "23505", "twice") + pg_ready('E'); }));
    Asked asked(server);
    check_heard(asked.asking.write(), Outcome::failed, Cause::rejected);
    check_heard(asked.asking.write(), Outcome::failed, Cause::rejected);
    CHECK(server.accepted() == 2);
}

TEST_CASE("postgres: questions of status") {
    std::string answer;
    const RawServer server(pg_serve([&](const std::string&) { return answer; }));
    Asked asked(server);
    const auto ask = [&](StatusSubject subject, std::string said) {
        answer = std::move(said) + pg_ready();
        return asked.asking.status({subject, {}}).status;
    };
    CHECK(ask(StatusSubject::health, pg_value("up", "1")).good);
    CHECK(ask(StatusSubject::health, pg_value("up", "t")).good);
    for (const std::string_view no : {"f", "false", "off", "no", "0", ""}) {
        CHECK(!ask(StatusSubject::health, pg_value("up", no)).good);
    }
    CHECK(!ask(StatusSubject::health, pg_columns({"up"}) + pg_done("SELECT 0")).good);
    CHECK(!ask(StatusSubject::health, pg_error("ERROR", "42601", "what?")).good);
    const auto row = [](std::optional<std::string_view> role, std::optional<std::string_view> term,
                        std::optional<std::string_view> lag) {
        return pg_columns({"role", "term", "lag"}) + pg_row({role, term, lag}) +
               pg_done("SELECT 1");
    };
    const auto standby = ask(StatusSubject::role, row("replica", "2", "1500.25"));
    CHECK(standby.role == Role::replica);
    CHECK(standby.term == 2);
    CHECK(standby.lag == Duration(1500250us));
    const auto primary = ask(StatusSubject::role, row("primary", "3", std::nullopt));
    CHECK(primary.role == Role::primary);
    CHECK(!primary.lag);
    CHECK(ask(StatusSubject::role, row("master", "3", "-1")).role == Role::unknown);
    CHECK(!ask(StatusSubject::role, row("primary", "x", "nan")).lag);
    Asking nobody({Endpoint{"127.0.0.1", 1}}, plain, false, drivers::postgres);
    CHECK(nobody.status({StatusSubject::health, {}}).status.cause == Cause::refused);
}

TEST_CASE("postgres: wrong parameters are told with what to write") {
    const auto error = [](std::string_view params) {
        const auto parsed = json::parse(params);
        REQUIRE(parsed.has_value());
        const auto checked = drivers::postgres.check(*parsed->as<Params>(), Topology{});
        return checked ? std::string() : checked.error().message;
    };
    CHECK(error("{}").empty());
    CHECK(error(R"({"connection": {"user": "a", "connect_timeout": 3}})").empty());
    CHECK(error(R"({"connection": {"host": "db"}})") ==
          "connection: \"host\" is what the system's nodes say, remove it");
    CHECK(error(R"({"connection": {"usr": "db"}})") ==
          "connection: \"usr\" is no keyword of libpq");
    CHECK(error(R"j({"write": "insert into t values ({keys})"})j")
              .starts_with("write: {keys} stands"));
    CHECK(error(R"({"hosts": "some"})").starts_with("hosts: "));
}

}  // namespace postgres_test
