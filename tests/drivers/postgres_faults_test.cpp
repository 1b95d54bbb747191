// The postgres driver under random faults of its connections, against what the server itself knows.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/postgres_server.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <set>
#include <string>

namespace gameday::drivers {
extern const DriverKind postgres;
}

namespace postgres_faults_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 1000;
constexpr auto patience = 25ms;

// Keeps what was written, as its clients ask for it; everything else goes wrong now and then.
class FaultyServer {
 public:
    FaultyServer() : server_([this](RawConnection& connection) { serve(connection); }) {}
    ~FaultyServer() { over_ = true; }
    FaultyServer(const FaultyServer&) = delete;
    FaultyServer& operator=(const FaultyServer&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    bool has(std::uint64_t value) {
        const std::lock_guard lock(mutex_);
        return values_.count(value) > 0;
    }

 private:
    int draw(int below) {
        const std::lock_guard lock(mutex_);
        return std::uniform_int_distribution<int>(0, below - 1)(random_);
    }

    void stall() const {
        for (int i = 0; i < 40 && !over_; ++i) std::this_thread::sleep_for(1ms);
    }

    void apply(const std::string& text) {
        const std::lock_guard lock(mutex_);
        values_.insert(std::stoull(text.substr(text.find(' ') + 1)));
    }

    void serve(RawConnection& connection) {
        const int opening = draw(40);
        if (opening == 0) return connection.reset();
        if (opening == 1) return connection.finish();
        if (opening == 2) return stall();
        if (!pg_welcome(connection)) return;
        for (std::string text = pg_read_query(connection); !text.empty();
             text = pg_read_query(connection)) {
            if (!answer(connection, text)) return;
        }
    }

    // False: the connection has ended.
    bool answer(RawConnection& connection, const std::string& text) {
        const std::string done = pg_done("INSERT 0 1") + pg_ready();
        const int fault = draw(14);
        const bool takes_effect = draw(2) == 0;
        switch (fault) {
            case 0:  // The server is read-only: a failover in mid-session.
                connection.send(pg_error("ERROR", "25006", "read-only transaction") + pg_ready());
                return true;
            case 1:
                connection.send(pg_error("ERROR", "40001", "could not serialize") + pg_ready());
                return true;
            case 2:
                if (takes_effect) apply(text);
                connection.send(pg_error("FATAL", "57P01", "terminating connection"));
                connection.finish();
                return false;
            case 3:
                if (takes_effect) apply(text);
                connection.reset();
                return false;
            case 4:
                if (takes_effect) apply(text);
                stall();
                return false;
            case 5:
                apply(text);
                connection.send(done.substr(0, static_cast<std::size_t>(draw(12))));
                connection.finish();
                return false;
            case 6:  // Half-closed: nothing more is read, and the answer comes all the same.
                apply(text);
                connection.send(done);
                connection.finish();
                return false;
            case 7:
                if (takes_effect) apply(text);
                connection.send(pg_warning("SyncRepWaitForLSN", "canceling wait") + done);
                return true;
            default:
                apply(text);
                connection.send(done);
                return true;
        }
    }

    std::mutex mutex_;
    std::mt19937 random_{20261130};
    std::set<std::uint64_t> values_;
    std::atomic<bool> over_ = false;
    RawServer server_;
};

}  // namespace

TEST_CASE("postgres: under random faults no outcome contradicts the server") {
    FaultyServer server;
    Asking asking({server.endpoint()}, R"({"served_by": "", "write": "put {value}"})", false,
                  drivers::postgres);
    int ok = 0, failed = 0, unknown = 0;
    for (std::uint64_t value = 1; value <= rounds; ++value) {
        const auto heard = asking.operation(Verb::write, patience, 1, value);
        INFO("value " << value << ": " << heard.detail);
        switch (heard.reply.outcome) {
            case Outcome::ok:
                ++ok;
                REQUIRE(server.has(value));
                break;
            case Outcome::failed:
                ++failed;
                REQUIRE(!server.has(value));
                break;
            case Outcome::unknown: ++unknown; break;
        }
    }
    CHECK(ok > rounds / 4);
    CHECK(failed > rounds / 20);
    CHECK(unknown > rounds / 10);
}

}  // namespace postgres_faults_test
