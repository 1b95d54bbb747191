#include "tests/drivers/faulty_http.hpp"

#include "tests/drivers/asking.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <set>
#include <thread>

namespace gameday::test {
namespace {

using namespace std::chrono_literals;

void listen_to_nobody(RawConnection& client) {
    while (!client.read_some().empty()) {
    }
}

// The same answer in one of the ways that HTTP has. `ends`: the connection's end is the body's.
std::string framed(const FaultyAnswer& done, std::uint64_t chance, bool& ends) {
    ends = false;
    const auto head =
        fmt::format("HTTP/1.1 {} Status\r\nContent-Type: application/json\r\n", done.status);
    switch (chance % 6) {
        case 0: ends = true; return head + "\r\n" + done.body;
        case 1:
            return fmt::format("{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", head,
                               done.body.size(), done.body);
        case 2:
            ends = true;
            return fmt::format("{}Connection: close\r\nContent-Length: {}\r\n\r\n{}", head,
                               done.body.size(), done.body);
        case 3:
            return fmt::format("HTTP/1.1 103 Early Hints\r\n\r\n{}Content-Length: {}\r\n\r\n{}",
                               head, done.body.size(), done.body);
        default:
            return fmt::format("{}Content-Length: {}\r\n\r\n{}", head, done.body.size(), done.body);
    }
}

}  // namespace

FaultyHttp::FaultyHttp(FaultySystem system, std::uint64_t seed)
    : system_(std::move(system)),
      random_(seed, "faulty http"),
      server_([this](RawConnection& client) { serve(client); }) {}

void FaultyHttp::lead_to(FaultyHttp& other) {
    const std::lock_guard lock(shared_->mutex);
    elsewhere_ = other.endpoint().text();
    other.shared_ = shared_;
}

std::size_t FaultyHttp::faults() {
    const std::lock_guard lock(shared_->mutex);
    return shared_->faults;
}

bool FaultyHttp::has_written(const std::string& value) {
    const std::lock_guard lock(shared_->mutex);
    return shared_->store.ever.contains(value);
}

bool FaultyHttp::has_written(const std::string& value, const std::string& key) {
    const std::lock_guard lock(shared_->mutex);
    const auto found = shared_->store.ever.find(value);
    return found != shared_->store.ever.end() && found->second == key;
}

std::pair<FaultyHttp::Fault, std::uint64_t> FaultyHttp::draw() {
    const std::lock_guard lock(shared_->mutex);
    if (demoted_ > 0) {
        --demoted_;
        return {Fault::refusal, random_.next()};
    }
    if (random_.chance(0.5)) return {Fault::none, random_.next()};
    ++shared_->faults;
    const std::uint64_t kinds = elsewhere_.empty() ? 9 : 10;
    const auto fault = static_cast<Fault>(1 + random_.below(kinds));
    if (fault == Fault::failover) demoted_ = 1 + random_.below(3);
    return {fault, random_.next()};
}

FaultyAnswer FaultyHttp::carry_out(const std::string& request) {
    const std::lock_guard lock(shared_->mutex);
    return system_.carry_out(shared_->store, request);
}

void FaultyHttp::serve(RawConnection& client) {
    for (;;) {
        const std::string request = client.read_request();
        if (request.empty() || !answer(client, request)) return;
    }
}

// False: the connection is over.
bool FaultyHttp::answer(RawConnection& client, const std::string& request) {
    const auto [fault, chance] = draw();
    bool ends = false;
    switch (fault) {
        case Fault::refusal:
            client.send(framed(system_.refusals[chance % system_.refusals.size()], 5, ends));
            return true;
        case Fault::redirect: {
            const auto path = request.substr(request.find(' ') + 1);
            client.send(test::answer("", 307,
                                     fmt::format("Location: http://{}{}\r\n", elsewhere_,
                                                 path.substr(0, path.find(' ')))));
            return true;
        }
        case Fault::late: std::this_thread::sleep_for(30ms); [[fallthrough]];
        case Fault::none: {
            const std::string bytes = framed(carry_out(request), chance, ends);
            const bool in_pieces = chance % 7 == 0;
            for (std::size_t i = 0; in_pieces && i < bytes.size(); ++i) {
                client.send(std::string_view(bytes).substr(i, 1));
            }
            if (!in_pieces) client.send(bytes);
            return !ends;
        }
        default: break;
    }
    // The fault comes before it is done, or after.
    const bool is_done = chance % 2 == 0;
    return misbehave(client, fault, chance / 2, is_done ? carry_out(request) : FaultyAnswer{"", 0});
}

// `done`: what would be answered; its status is 0 when nothing was done.
bool FaultyHttp::misbehave(RawConnection& client, Fault fault, std::uint64_t chance,
                           const FaultyAnswer& done) {
    bool ends = false;
    switch (fault) {
        case Fault::reset:
        case Fault::failover: client.reset(); return false;
        case Fault::silence: listen_to_nobody(client); return false;
        case Fault::half_close:
            client.finish();
            listen_to_nobody(client);
            return false;
        case Fault::cut: {
            if (done.status == 0) return false;
            const std::string bytes = framed(done, chance, ends);
            client.send(bytes.substr(0, chance / 6 % bytes.size()));
            return false;
        }
        case Fault::doubt:
            client.send(framed(system_.doubts[chance % system_.doubts.size()], 5, ends));
            return true;
        default: break;
    }
    static constexpr std::array<std::string_view, 5> rubbish{
        "\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n", "+OK\r\n"};
    client.send(rubbish[chance % rubbish.size()]);
    return false;
}

void try_http_faults(const FaultyTrial& trial) {
    Asking asking(trial.nodes, trial.params, false, trial.driver, RegionId(0));
    Random random(trial.seed, "client");
    std::map<std::uint64_t, Outcome> writes;
    std::set<std::pair<std::uint64_t, std::uint32_t>> read;  // value, key
    std::map<Outcome, int> seen;
    for (std::uint64_t value = 1; trial.first.faults() < trial.faults; ++value) {
        const auto key = static_cast<std::uint32_t>(random.below(trial.keys));
        const bool writes_it = random.chance(0.7);
        const auto heard = asking.operation(writes_it ? Verb::write : Verb::read, 15ms, key, value);
        ++seen[heard.reply.outcome];
        if (writes_it) {
            writes[value] = heard.reply.outcome;
        } else {
            CHECK(heard.reply.outcome != Outcome::unknown);
            if (heard.reply.outcome == Outcome::ok && heard.reply.value != 0) {
                read.insert({heard.reply.value, key});
            }
        }
    }
    // What is late is done by then.
    std::this_thread::sleep_for(100ms);
    for (const auto& [value, outcome] : writes) {
        const bool is_written = trial.first.has_written(std::to_string(value));
        CAPTURE(value, trial.seed, trial.params);
        if (outcome == Outcome::ok) CHECK(is_written);
        if (outcome == Outcome::failed) CHECK_FALSE(is_written);
    }
    for (const auto& [value, key] : read) {
        CAPTURE(value, key, trial.seed);
        CHECK(trial.first.has_written(std::to_string(value), trial.name(key)));
    }
    CHECK(seen[Outcome::ok] > 0);
    CHECK(seen[Outcome::failed] > 0);
    CHECK(seen[Outcome::unknown] > 0);
}

}  // namespace gameday::test
