#include "harness/load/read_back.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::uint32_t failures_max = 3;  // in a row, before a node is given a rest
constexpr Duration rest = std::chrono::milliseconds(100);
constexpr Duration first_gap = std::chrono::milliseconds(50);
constexpr Duration longest_gap = std::chrono::milliseconds(800);
constexpr Duration tick_step = std::chrono::milliseconds(2);

// Whether the node said something, if not what was asked for.
bool is_answer(Cause cause) {
    return cause == Cause::rejected || cause == Cause::unexpected || cause == Cause::malformed ||
           cause == Cause::server_error;
}

}  // namespace

ReadBack::ReadBack(const LoadPlan& plan, const Topology& topology, const SteadyClock& clock,
                   const Ledger& ledger, const std::vector<ClientId>& readers, EvidenceSink* sink)
    : clock_(clock),
      ledger_(ledger),
      reads_({io_, plan, topology, clock}, direct_places(topology, readers),
             [this](const PlaceReads::Ended& ended) { take(ended); }),
      nodes_(topology.nodes.size()),
      sink_(sink) {}

Result<std::vector<Operation>> ReadBack::run(Instant deadline, const std::stop_token& stop) {
    deadline_ = deadline;
    if (auto opened = reads_.open(); !opened) return std::move(opened).error();
    for (Reader& reader : nodes_) {
        for (const auto& [key, entry] : ledger_) reader.fresh.push_back({key, first_gap});
    }
    const auto work = boost::asio::make_work_guard(io_);
    while (!is_finished()) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::interrupted, "the read-back was interrupted"};
        }
        tick(clock_.now());
        io_.run_for(tick_step);
        hand_over();
    }
    return std::move(done_);
}

void ReadBack::hand_over() {
    if (sink_ != nullptr) sink_->append(std::span(done_).subspan(handed_over_));
    handed_over_ = done_.size();
}

void ReadBack::tick(Instant now) {
    reads_.expire(now);
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        if (now >= deadline_ && nodes_[node].failures >= failures_max) give_up(node, now);
        pump(node, now);
    }
}

// Keeps the node busy up to the bound; a node that is resting gets one read when its rest is over.
void ReadBack::pump(std::size_t node, Instant now) {
    Reader& reader = nodes_[node];
    const bool ill = reader.failures >= failures_max;
    if (ill && now < reader.rest_until) return;
    const std::uint32_t bound = ill ? 1 : reads_each_max;
    while (reads_.in_flight(node) < bound) {
        Item item;
        if (!reader.again.empty() && reader.again.begin()->first <= now) {
            item = reader.again.extract(reader.again.begin()).mapped();
        } else if (!reader.fresh.empty()) {
            item = reader.fresh.front();
            reader.fresh.pop_front();
        } else {
            return;
        }
        reader.under_way.emplace(item.key, item);
        reads_.read(node, item.key, Phase::final_read, now);
    }
}

void ReadBack::take(const PlaceReads::Ended& ended) {
    const Operation& read = ended.read;
    const Instant now = read.completed;
    Reader& reader = nodes_[ended.place];
    Item item = reader.under_way.extract(reader.under_way.find(read.key)).mapped();
    const bool ok = read.outcome == Outcome::ok;
    if (ok || is_answer(read.cause)) {
        reader.failures = 0;
    } else {
        reader.last_cause = read.cause;
        if (++reader.failures >= failures_max) reader.rest_until = now + rest;
    }
    done_.push_back(read);
    const bool settled = ok && ledger_.at(read.key).is_settled(read.value);
    if (!settled && now < deadline_) {
        const Instant next = std::max(std::min(now + item.gap, deadline_), now + first_gap);
        item.gap = std::min(2 * item.gap, longest_gap);
        reader.again.emplace(next, item);
    }
    pump(ended.place, now);
}

void ReadBack::give_up(std::size_t node, Instant now) {
    Reader& reader = nodes_[node];
    const auto give_up_one = [&](const Item& item) {
        Operation read = reads_.blank(node, item.key, Phase::final_read, now);
        read.cause = reader.last_cause;
        done_.push_back(read);
    };
    for (const Item& item : std::exchange(reader.fresh, {})) give_up_one(item);
    for (const auto& [when, item] : std::exchange(reader.again, {})) give_up_one(item);
}

bool ReadBack::is_finished() const {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        const Reader& reader = nodes_[node];
        if (reads_.in_flight(node) > 0 || !reader.fresh.empty() || !reader.again.empty()) {
            return false;
        }
    }
    return true;
}

}  // namespace gameday::load
