#include "harness/load/readable_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::size_t keys_max = 8;
constexpr std::size_t beginning_max = 120;
constexpr Duration check_step = std::chrono::milliseconds(2);
constexpr Duration ask_step = std::chrono::milliseconds(50);

// The beginning of an answer on one line.
std::string beginning_of(std::string_view text) {
    std::string sample(text.substr(0, beginning_max));
    for (char& each : sample) {
        if (static_cast<unsigned char>(each) < ' ') each = ' ';
    }
    return text.size() > beginning_max ? sample + "…" : sample;
}

}  // namespace

ReadableCheck::ReadableCheck(const Setting& setting, Writes writes, Routed routed)
    : setting_(setting), writes_(std::move(writes)), routed_(std::move(routed)) {}

void ReadableCheck::begin() {
    for (std::size_t load = 0; load < setting_.plan.loads.size(); ++load) {
        checks_.emplace_back();
        if (auto opened = open(load); !opened) amiss(opened.error().message);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ReadableCheck::end() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    checks_.clear();
}

Readability ReadableCheck::result() const {
    const std::scoped_lock lock(mutex_);
    return result_;
}

Result<void> ReadableCheck::open(std::size_t load) {
    const LoadPlan& plan = setting_.plan.loads[load];
    if (!plan.spec.ledger || plan.spec.writes <= 0) return {};
    const auto& readers = setting_.readers[load];
    auto places = direct_places(setting_.topology, readers);
    for (const RegionId home : plan.homes) {
        for (const auto& node : setting_.topology.nodes) {
            places.push_back(
                {node.id, setting_.topology.client_endpoint(home, node.id), readers[home.index()]});
        }
    }
    Check& check = checks_[load];
    check.seen.resize(places.size());
    check.reads = std::make_unique<PlaceReads>(
        PlaceReads::Setting{io_, plan, setting_.topology, setting_.clock}, std::move(places),
        [this, load](const PlaceReads::Ended& ended) { take(load, ended); });
    return check.reads->open();
}

void ReadableCheck::run(const std::stop_token& stop) {
    const auto work = boost::asio::make_work_guard(io_);
    Instant ask_at = setting_.clock.now();
    while (!stop.stop_requested() && result().state == Readability::State::pending) {
        const Instant now = setting_.clock.now();
        bool all_shown = true;
        for (std::size_t load = 0; load < checks_.size(); ++load) {
            Check& check = checks_[load];
            if (!check.reads || result().state != Readability::State::pending) continue;
            check.reads->expire(now);
            if (check.keys.empty()) choose_keys(load, now);
            if (now >= ask_at && !check.keys.empty()) ask(load, now);
            if (is_shown(load)) continue;
            all_shown = false;
            if (!check.keys.empty() && now > check.since + setting_.patience) judge(load);
        }
        if (now >= ask_at) ask_at = now + ask_step;
        if (all_shown) {
            const std::scoped_lock lock(mutex_);
            if (result_.state == Readability::State::pending) {
                result_.state = Readability::State::shown;
            }
            return;
        }
        io_.run_for(check_step);
    }
}

// The newest writes, once a few were acknowledged.
void ReadableCheck::choose_keys(std::size_t load, Instant now) {
    auto writes = writes_(Instant::min());
    std::erase_if(writes, [&](const Acked& each) { return each.load != load; });
    if (writes.empty()) return;
    std::ranges::sort(writes,
                      [](const Acked& a, const Acked& b) { return a.completed > b.completed; });
    constexpr Duration few_at_least = std::chrono::milliseconds(500);
    if (writes.size() < keys_max && writes.back().completed > now - few_at_least) return;
    Check& check = checks_[load];
    check.since = writes.front().completed;
    for (std::size_t i = 0; i < std::min(keys_max, writes.size()); ++i) {
        check.keys.push_back(writes[i].key);
    }
}

// Places that count: every node, and for each home the node that its reads go to now.
std::vector<std::size_t> ReadableCheck::places_of(std::size_t load) const {
    const std::size_t nodes = setting_.topology.nodes.size();
    std::vector<std::size_t> places(nodes);
    for (std::size_t i = 0; i < nodes; ++i) places[i] = i;
    for (std::size_t home = 0; home < setting_.plan.loads[load].homes.size(); ++home) {
        const NodeId node = routed_(load, home);
        if (node.known()) places.push_back(nodes * (1 + home) + node.index());
    }
    return places;
}

void ReadableCheck::ask(std::size_t load, Instant now) {
    Check& check = checks_[load];
    const std::uint32_t key = check.keys[check.asked++ % check.keys.size()];
    for (const std::size_t place : places_of(load)) {
        if (check.seen[place].shown || check.reads->in_flight(place) > 0) continue;
        check.reads->read(place, key, Phase::warmup, now);
    }
}

void ReadableCheck::take(std::size_t load, const PlaceReads::Ended& ended) {
    Seen& seen = checks_[load].seen[ended.place];
    const bool ok = ended.reply.outcome == Outcome::ok;
    seen.shown = seen.shown || (ok && ended.reply.value != 0);
    seen.absent = ok && ended.reply.value == 0 && ended.reply.says_absent;
    seen.valueless = ok && ended.reply.value == 0 && !ended.reply.says_absent;
    seen.rejected = ended.reply.cause == Cause::rejected;
    seen.failed = !ok && !seen.rejected;
    seen.cause = ended.reply.cause;
    seen.sample = beginning_of(ended.reply.sample);
}

bool ReadableCheck::is_shown(std::size_t load) const {
    const Check& check = checks_[load];
    const auto places = places_of(load);
    return std::ranges::all_of(places, [&](std::size_t place) { return check.seen[place].shown; });
}

std::string ReadableCheck::name_of(std::size_t load, std::size_t place) const {
    const auto& topology = setting_.topology;
    const Place& at = checks_[load].reads->places()[place];
    const std::string node =
        fmt::format("{} at {}", topology.node_name(at.node), at.endpoint.text());
    const std::size_t nodes = topology.nodes.size();
    if (place < nodes) return node;
    const RegionId home = setting_.plan.loads[load].homes[place / nodes - 1];
    return fmt::format("{}, the way of the clients of {}", node, topology.region_name(home));
}

// Patience is over and some place has shown no value.
void ReadableCheck::judge(std::size_t load) {
    Check& check = checks_[load];
    const std::string& name = setting_.plan.loads[load].spec.name;
    const std::size_t nodes = setting_.topology.nodes.size();
    bool any_node = false;
    for (std::size_t node = 0; node < nodes; ++node) {
        any_node = any_node || check.seen[node].shown || check.seen[node].absent;
    }
    std::vector<std::string> notes;
    for (const std::size_t place : places_of(load)) {
        const Seen& seen = check.seen[place];
        if (seen.shown) continue;
        const std::string where = fmt::format("load {}: {}", name, name_of(load, place));
        const std::string said =
            seen.sample.empty() ? std::string() : "; it answered: " + seen.sample;
        if (seen.absent) {
            notes.push_back(
                fmt::format("{} says that writes acknowledged before are absent, {} "
                            "later",
                            where, format_duration(setting_.patience)));
        } else if (seen.rejected && any_node && place < nodes) {
            notes.push_back(where + " does not serve reads: what it holds is not known" + said);
        } else if (seen.valueless) {
            return amiss(fmt::format(
                "{} shows no value for a key whose write was acknowledged{}. Write under `read` "
                "where the value is (http: \"value\"), or \"ledger\": false if there is none",
                where, said));
        } else {
            return amiss(fmt::format(
                "{} cannot be read: {}{}. Each node is read back at its own endpoint, so correct "
                "the endpoint or what is under `read` (http: \"absent\": [404] if it answers so), "
                "or write \"ledger\": false",
                where, seen.cause == Cause::none ? "no answer" : gameday::name_of(seen.cause),
                said));
        }
    }
    const std::scoped_lock lock(mutex_);
    for (auto& note : notes) result_.notes.push_back(std::move(note));
    for (auto& seen : check.seen) seen.shown = true;  // as far as this check goes
}

void ReadableCheck::amiss(std::string why) {
    const std::scoped_lock lock(mutex_);
    result_.state = Readability::State::amiss;
    result_.why = std::move(why);
}

}  // namespace gameday::load
