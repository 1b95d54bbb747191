// A thousand random faults of connections and answers, against what the server itself has done.
#include "harness/base/random.hpp"
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/drivers/redis_script.hpp"
#include "tests/support/lane.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace gameday::drivers {
extern const DriverKind redis;
}

namespace {

// A server that keeps what is set, and misbehaves at random before, while or after it does.
class FaultyRedis {
 public:
    explicit FaultyRedis(std::uint64_t seed)
        : random_(seed, "faulty redis"),
          server_([this](RawConnection& client) { serve(client); }) {}

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    // Whether a value was ever set, and what is there now ("" = nothing).
    bool has_set(const std::string& value) {
        const std::lock_guard lock(mutex_);
        return set_.contains(value);
    }
    std::size_t faults() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

 private:
    enum class Fault { none, reset, silence, late, cut, half_close, refusal, rubbish, pieces };

    std::pair<Fault, std::uint64_t> draw() {
        const std::lock_guard lock(mutex_);
        constexpr std::uint64_t kinds = 8;
        if (random_.chance(0.5)) return {Fault::none, 0};
        ++faults_;
        return {static_cast<Fault>(1 + random_.below(kinds)), random_.next()};
    }

    std::string carry_out(const RedisWords& words) {
        const std::lock_guard lock(mutex_);
        if (words[0] == "ROLE") return redis_role("master");
        if (words[0] == "CLIENT") return "-ERR no\r\n";
        if (words[0] == "WAIT") return ":1\r\n";
        if (words[0] == "SET") {
            set_.insert(words[2]);
            values_[words[1]] = words[2];
            return "+OK\r\n";
        }
        const auto found = values_.find(words[1]);
        return found == values_.end() ? "$-1\r\n" : redis_text(found->second);
    }

    void serve(RawConnection& client) {
        RedisTalk talk(client);
        for (;;) {
            const RedisWords words = talk.next();
            if (words.empty() || !answer(client, words)) return;
        }
    }

    // False: the connection is over.
    bool answer(RawConnection& client, const RedisWords& words) {
        const auto [fault, chance] = draw();
        if (fault == Fault::refusal) {
            client.send("-LOADING Redis is loading the dataset in memory\r\n");
            return true;
        }
        const bool first = chance % 2 == 0;  // the fault comes before it is done
        if (fault == Fault::late) std::this_thread::sleep_for(30ms);
        const std::string bytes =
            first && fault != Fault::none && fault != Fault::late && fault != Fault::pieces
                ? std::string()
                : carry_out(words);
        switch (fault) {
            case Fault::none:
            case Fault::late: client.send(bytes); return true;
            case Fault::pieces:
                for (const char byte : bytes) client.send(std::string_view(&byte, 1));
                return true;
            case Fault::reset: client.reset(); return false;
            case Fault::silence: talk_to_nobody(client); return false;
            case Fault::cut:
                client.send(bytes.substr(0, bytes.empty() ? 0 : chance / 2 % bytes.size()));
                return false;
            case Fault::half_close:
                client.finish();
                talk_to_nobody(client);
                return false;
            case Fault::rubbish:
                client.send(chance % 3 == 0 ? "\r\n" : chance % 3 == 1 ? "$-7\r\n" : "+OK\n\r");
                return chance % 5 == 0;
            case Fault::refusal: break;
        }
        return false;
    }

    static void talk_to_nobody(RawConnection& client) {
        while (!client.read_some().empty()) {
        }
    }

    std::mutex mutex_;
    Random random_;
    std::map<std::string, std::string> values_;
    std::set<std::string> set_;
    std::size_t faults_ = 0;
    RawServer server_;
};

void try_faults(std::string_view params, std::uint64_t seed, std::size_t faults_wanted) {
    FaultyRedis server(seed);
    Asking asking({server.endpoint()}, params, false, drivers::redis);
    Random random(seed, "client");
    std::map<std::uint64_t, Outcome> writes;
    std::set<std::uint64_t> read;
    std::map<Outcome, int> seen;
    for (std::uint64_t value = 1; server.faults() < faults_wanted; ++value) {
        const auto key = static_cast<std::uint32_t>(random.below(4));
        const bool writes_it = random.chance(0.7);
        const auto heard = asking.operation(writes_it ? Verb::write : Verb::read, 15ms, key, value);
        ++seen[heard.reply.outcome];
        if (writes_it) {
            writes[value] = heard.reply.outcome;
        } else {
            CHECK(heard.reply.outcome != Outcome::unknown);
            if (heard.reply.outcome == Outcome::ok && heard.reply.value != 0) {
                read.insert(heard.reply.value);
            }
        }
    }
    // What is late is done by then.
    std::this_thread::sleep_for(100ms);
    for (const auto& [value, outcome] : writes) {
        const bool is_set = server.has_set(std::to_string(value));
        CAPTURE(value, seed);
        if (outcome == Outcome::ok) CHECK(is_set);
        if (outcome == Outcome::failed) CHECK_FALSE(is_set);
    }
    for (const auto value : read) CHECK(server.has_set(std::to_string(value)));
    CHECK(seen[Outcome::ok] > 0);
    CHECK(seen[Outcome::failed] > 0);
    CHECK(seen[Outcome::unknown] > 0);
}

}  // namespace

TEST_CASE("redis: a thousand faults, and no outcome that the server's own state contradicts") {
    const std::size_t each = by_lane<std::size_t>(340, 2000);
    try_faults("{}", 1, each);
    try_faults(R"({"check_role": false, "served_by": ""})", 2, each);
    try_faults(R"({"wait": 1, "served_by": ""})", 3, each);
}
