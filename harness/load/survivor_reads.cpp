#include "harness/load/survivor_reads.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::uint32_t attempts_max = 4;
constexpr Duration first_retry = std::chrono::milliseconds(100);
constexpr Duration survey_step = std::chrono::milliseconds(2);
constexpr Duration late_acks = std::chrono::milliseconds(20);
constexpr std::ptrdiff_t listed_max = 200'000;  // more is not read in an hour
constexpr Duration refill_step = std::chrono::milliseconds(500);

}  // namespace

double survivor_reads_per_s(double load_per_s) { return std::clamp(load_per_s, 100.0, 1000.0); }

SurvivorReads::SurvivorReads(const EnginePlan& plan, const Topology& topology,
                             const SteadyClock& clock,
                             const std::vector<std::vector<ClientId>>& readers, Writes writes,
                             EvidenceSink* sink)
    : plan_(plan),
      topology_(topology),
      clock_(clock),
      readers_(readers),
      writes_(std::move(writes)),
      sink_(sink) {}

SurvivorReads::~SurvivorReads() { (void)end(); }

void SurvivorReads::begin(const Survey& survey) {
    survey_ = survey;
    survivors_.clear();
    for (const NodeId node : survey.survivors) survivors_.push_back(node.index());
    newest_ = Instant::min();
    open();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

// A load that cannot be opened any more (its name is not resolved) is left out.
void SurvivorReads::open() {
    io_ = std::make_unique<boost::asio::io_context>(1);
    for (std::size_t load = 0; load < plan_.loads.size(); ++load) {
        auto& reads = reads_.emplace_back();
        if (!plan_.loads[load].spec.ledger) continue;
        reads = std::make_unique<PlaceReads>(
            PlaceReads::Setting{*io_, plan_.loads[load], topology_, clock_},
            direct_places(topology_, readers_[load]), [this, load](const PlaceReads::Ended& ended) {
                take(static_cast<std::uint16_t>(load), ended);
            });
        if (!reads->open()) reads.reset();
    }
}

std::vector<Operation> SurvivorReads::end() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    reads_.clear();  // before the io_context that they use
    io_.reset();
    before_.clear();
    since_.clear();
    again_.clear();
    under_way_.clear();
    seen_before_.clear();
    handed_over_ = 0;
    return std::exchange(done_, {});
}

void SurvivorReads::run(const std::stop_token& stop) {
    double load_per_s = 0;
    for (const auto& load : plan_.loads) load_per_s += load.spec.rate_per_s;
    const Duration gap = from_seconds(1 / survivor_reads_per_s(load_per_s));
    Instant due = clock_.now();
    Instant refill_at = due;
    const auto work = boost::asio::make_work_guard(*io_);
    while (!stop.stop_requested()) {
        const Instant now = clock_.now();
        if (now >= refill_at) {
            refill(now);
            refill_at = now + refill_step;
        }
        for (auto& reads : reads_) {
            if (reads) reads->expire(now);
        }
        for (Item item; due <= now && next(now, item); due += gap) send(item, now);
        due = std::max(due, now - survey_step);  // what could not be sent is not made up for
        io_->run_for(survey_step);
        hand_over();
    }
    for (auto& reads : reads_) {
        if (reads) reads->close();
    }
}

void SurvivorReads::hand_over() {
    if (sink_ != nullptr) sink_->append(std::span(done_).subspan(handed_over_));
    handed_over_ = done_.size();
}

// Lists what was acknowledged since the last time, the newest in front. A shard writes down an
// acknowledgement a late_acks after its instant.
void SurvivorReads::refill(Instant now) {
    auto writes = writes_(newest_);
    std::erase_if(writes, [&](const Acked& each) { return each.completed > now - late_acks; });
    std::ranges::sort(writes, {}, &Acked::completed);
    for (const Acked& write : writes) newest_ = std::max(newest_, write.completed);
    if (std::ssize(writes) > listed_max) writes.erase(writes.begin(), writes.end() - listed_max);
    std::set<Key> seen_since;
    std::deque<Item> newer;
    for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
        if (!reads_[write->load]) continue;
        const bool before = write->completed <= survey_.since;
        if (!(before ? seen_before_ : seen_since).emplace(write->load, write->key).second) continue;
        for (const std::size_t place : survivors_) {
            (before ? before_ : newer).push_back({*write, place, 0});
        }
    }
    since_.insert(since_.begin(), newer.begin(), newer.end());
}

// What is to be read next; false when there is nothing, or the node is busy.
bool SurvivorReads::next(Instant now, Item& item) {
    const auto is_free = [&](const Item& wanted) {
        return reads_[wanted.write.load]->in_flight(wanted.place) < reads_each_max &&
               !under_way_.contains({{wanted.write.load, wanted.write.key}, wanted.place});
    };
    const bool of_since = ++turn_ % 8 == 0;
    const bool of_again = turn_ % 8 == 4 || (before_.empty() && since_.empty());
    if (of_again && !again_.empty() && again_.begin()->first <= now &&
        is_free(again_.begin()->second)) {
        item = again_.extract(again_.begin()).mapped();
        return true;
    }
    for (auto* list : {of_since ? &since_ : &before_, of_since ? &before_ : &since_}) {
        if (list->empty()) continue;
        if (!is_free(list->front())) {
            list->push_back(list->front());  // later: one silent node does not hold up the others
            list->pop_front();
            continue;
        }
        item = list->front();
        list->pop_front();
        return true;
    }
    return false;
}

void SurvivorReads::send(const Item& item, Instant now) {
    under_way_[{{item.write.load, item.write.key}, item.place}] = item;
    reads_[item.write.load]->read(item.place, item.write.key, Phase::survivor_read, now);
}

void SurvivorReads::take(std::uint16_t load, const PlaceReads::Ended& ended) {
    const auto found = under_way_.find({{load, ended.read.key}, ended.place});
    Item item = found->second;
    under_way_.erase(found);
    done_.push_back(ended.read);
    // Numbers grow in the order of issue, so a greater one is no older write of ours.
    const std::uint64_t value = ended.read.value;
    const bool shown =
        ended.read.outcome == Outcome::ok && value != foreign_value && value >= item.write.value;
    if (shown || ++item.attempts >= attempts_max) return;
    again_.emplace(ended.read.completed + first_retry * (1U << (item.attempts - 1)), item);
}

}  // namespace gameday::load
