// The redis driver over TLS, and with sentinels that want a password.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/drivers/redis_process.hpp"
#include "tests/drivers/redis_script.hpp"
#include "tests/drivers/tls_server.hpp"
#include "tests/support/skip.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {
extern const DriverKind redis;
}

namespace redis_tls_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

const Certificates& certificates() {
    static const Certificates made;
    return made;
}

std::string trusting(std::string_view more = "") {
    return fmt::format(R"({{"tls": {{"ca_file": "{}"}}{}}})", certificates().file("ca.pem"), more);
}

// A master without an address, as it answers what comes in one packet.
TlsAnswer as_master(const std::string& request) {
    if (request.find("ROLE") != std::string::npos) return {redis_role("master") + "-ERR no\r\n"};
    return {request.find("SET") != std::string::npos ? "+OK\r\n" : "$1\r\n4\r\n"};
}

Heard asked(const Endpoint& endpoint, const std::string& params, Verb verb = Verb::write) {
    Asking asking({endpoint}, params, false, drivers::redis, RegionId(0));
    return asking.operation(verb);
}

}  // namespace

TEST_CASE("redis over TLS: connections are kept, and questions of status are let in as the load") {
    const TlsServer server(certificates(), "good", as_master);
    Asking asking({server.endpoint()}, trusting(), false, drivers::redis);
    for (int i = 0; i < 20; ++i) CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(asking.read().reply.value == 4);
    CHECK(server.accepted() == 1);
    CHECK(asking.status({StatusSubject::health, {{"path", "GET k"}}}).status.good);
    Asking plain({server.endpoint()}, "{}", false, drivers::redis);
    CHECK_FALSE(plain.status({StatusSubject::health, {}}).status.good);
    const Params tls{{"ca_file", certificates().file("ca.pem")}};
    CHECK(plain.status({StatusSubject::health, {{"path", "GET k"}, {"tls", tls}}}).status.good);
}

TEST_CASE("redis over TLS: who is not trusted is sent nothing") {
    std::atomic<int> requests{0};
    const auto counting = [&](const std::string& request) {
        ++requests;
        return as_master(request);
    };
    const TlsServer expired(certificates(), "expired", counting);
    const TlsServer other(certificates(), "other", counting);
    RawServer plain([](RawConnection& client) {
        while (!client.read_some().empty()) client.send("-ERR Protocol error\r\n");
    });
    for (const auto& endpoint : {expired.endpoint(), other.endpoint(), plain.endpoint()}) {
        const auto heard = asked(endpoint, trusting());
        CHECK(heard.reply.outcome == Outcome::failed);
        CHECK(heard.reply.cause == Cause::rejected);
        CHECK(heard.detail.starts_with("TLS: "));
    }
    CHECK(requests == 0);
    const auto named =
        fmt::format(R"({{"tls": {{"ca_file": "{}", "server_name": "other.example"}}}})",
                    certificates().file("ca.pem"));
    CHECK(asked(other.endpoint(), named).reply.outcome == Outcome::ok);
    CHECK(other.asked_name() == "other.example");
}

TEST_CASE("redis over TLS: an answer that breaks off is in doubt, with TLS's end or without") {
    for (const bool says_goodbye : {true, false}) {
        const TlsServer server(certificates(), "good", [&](const std::string& request) {
            TlsAnswer said = as_master(request);
            if (request.find("ROLE") != std::string::npos) return said;
            return TlsAnswer{said.bytes.substr(0, 2), true, says_goodbye};
        });
        const auto write = asked(server.endpoint(), trusting());
        CHECK(write.reply.outcome == Outcome::unknown);
        CHECK(write.reply.cause == Cause::reset);
        CHECK(asked(server.endpoint(), trusting(), Verb::read).reply.outcome == Outcome::failed);
    }
}

TEST_CASE("redis over TLS: sentinels and the master they name are encrypted, too") {
    const TlsServer master(certificates(), "good", as_master);
    const TlsServer sentinel(certificates(), "good", [&](const std::string&) -> TlsAnswer {
        return {redis_list({"127.0.0.1", std::to_string(master.endpoint().port)})};
    });
    const auto params = trusting(
        fmt::format(R"(, "sentinels": ["{}"], "master_name": "mine")", sentinel.endpoint().text()));
    CHECK(asked({"127.0.0.1", 1}, params).reply.outcome == Outcome::ok);
    CHECK(sentinel.accepted() == 1);
    CHECK(master.accepted() == 1);
}

TEST_CASE("redis: sentinels are logged in at by a password of their own") {
    RedisScript master(
        [](const RedisWords& words) { return std::string(words[0] == "SET" ? "+OK\r\n" : ""); });
    std::mutex mutex;
    std::string seen;
    std::atomic<bool> refuses{false};
    RedisScript sentinel([&](const RedisWords& words) {
        const std::lock_guard lock(mutex);
        seen += fmt::format("{};", fmt::join(words, " "));
        if (words[0] == "AUTH") return std::string(refuses ? "-WRONGPASS no\r\n" : "+OK\r\n");
        return redis_list({"127.0.0.1", std::to_string(master.endpoint().port)});
    });
    const auto params = [&](std::string_view more) {
        return fmt::format(R"({{"sentinels": ["{}"], "master_name": "mine", {}}})",
                           sentinel.endpoint().text(), more);
    };
    const auto login = params(R"("sentinel_user": "ann", "sentinel_password": "s3cret")");
    CHECK(asked(master.endpoint(), login).reply.outcome == Outcome::ok);
    CHECK(seen == "AUTH ann s3cret;SENTINEL get-master-addr-by-name mine;");
    CHECK(master.heard("AUTH") == 0);
    refuses = true;
    const auto heard = asked(master.endpoint(), login);
    CHECK(heard.reply.outcome == Outcome::failed);
    CHECK(heard.reply.cause == Cause::rejected);
    CHECK(heard.detail == fmt::format("no sentinel tells the master: {}: AUTH: WRONGPASS no",
                                      sentinel.endpoint().text()));
}

TEST_CASE("redis, real: values are written and read over TLS") {
    if (is_skipped(redis_is_missing())) return;
    const RedisProcess server({"--tls-cert-file", certificates().file("good.pem"), "--tls-key-file",
                               certificates().file("good.key"), "--tls-ca-cert-file",
                               certificates().file("ca.pem"), "--tls-auth-clients", "optional"});
    const Endpoint encrypted{"127.0.0.1",
                             static_cast<std::uint16_t>(server.endpoint().port + 10000)};
    REQUIRE(server.ask(fmt::format("CONFIG SET tls-port {}", encrypted.port)) == "+OK\r\n");
    Asking asking({encrypted}, trusting(), false, drivers::redis);
    for (std::uint64_t value = 1; value <= 50; ++value) {
        CHECK(asking.operation(Verb::write, 5s, 1, value).reply.served_by == NodeId(0));
        CHECK(asking.operation(Verb::read, 5s, 1).reply.value == value);
    }
    CHECK(asking.status({StatusSubject::role, {}}).status.role == Role::primary);
    CHECK(asked(encrypted, R"({"tls": {}})").reply.cause == Cause::rejected);
}

}  // namespace redis_tls_test
