#include "harness/load/read_back.hpp"

#include <algorithm>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::uint32_t in_flight_each = 16;  // reads under way at one node
constexpr std::uint32_t failures_max = 3;     // in a row, before a node is given a rest
constexpr Duration rest = std::chrono::milliseconds(100);
constexpr Duration retry_after = std::chrono::milliseconds(50);
constexpr Duration tick_step = std::chrono::milliseconds(2);

}  // namespace

ReadBack::ReadBack(const LoadPlan& plan, const Topology& topology, const SteadyClock& clock,
                   const Ledger& ledger, std::vector<ClientId> readers)
    : plan_(plan),
      topology_(topology),
      clock_(clock),
      ledger_(ledger),
      readers_of_(std::move(readers)) {}

Result<void> ReadBack::open() {
    for (const auto& node : topology_.nodes) {
        const ClientContext context{io_, topology_, node.id, node.endpoint, *this, true};
        auto client = plan_.driver->open(context, plan_.spec.driver_params);
        if (!client) return std::move(client).error().within("read back from " + node.name);
        Reader& reader = nodes_.emplace_back();
        reader.client = std::move(*client);
        for (const auto& [key, entry] : ledger_) reader.waiting.push_back(Item{key, {}});
    }
    return {};
}

Result<std::vector<Operation>> ReadBack::run(Instant deadline, const std::stop_token& stop) {
    deadline_ = deadline;
    if (auto opened = open(); !opened) return std::move(opened).error();
    const auto work = boost::asio::make_work_guard(io_);
    while (!is_finished()) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::interrupted, "the read-back was interrupted"};
        }
        tick(clock_.now());
        io_.run_for(tick_step);
    }
    return std::move(done_);
}

void ReadBack::tick(Instant now) {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        nodes_[node].client->expire(now);
        if (now >= deadline_ && nodes_[node].failures >= failures_max) give_up(node, now);
        pump(node, now);
    }
}

// Keeps the node busy up to the bound; a node that is resting gets one read when its rest is over.
void ReadBack::pump(std::size_t node, Instant now) {
    Reader& reader = nodes_[node];
    const bool ill = reader.failures >= failures_max;
    const std::uint32_t bound = ill ? 1 : in_flight_each;
    while (reader.in_flight < bound && !reader.waiting.empty() &&
           reader.waiting.front().not_before <= now && (!ill || reader.rest_until <= now)) {
        Operation read;
        read.key = reader.waiting.front().key;
        reader.waiting.pop_front();
        read.scheduled = read.invoked = now;
        read.node = NodeId::of(node);
        read.client = readers_of_[topology_.nodes[node].region.index()];
        read.verb = Verb::read;
        read.phase = Phase::final_read;
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.emplace_back();
        }
        const std::uint32_t tag = free_.back();
        free_.pop_back();
        slots_[tag] = read;
        ++reader.in_flight;
        reader.client->perform(Request{Verb::read, read.key, 0}, tag, now,
                               now + plan_.spec.timeout);
    }
}

void ReadBack::on_reply(std::uint64_t tag, const Reply& reply) {
    const Instant now = clock_.now();
    Operation read = slots_[tag];
    free_.push_back(static_cast<std::uint32_t>(tag));
    Reader& reader = nodes_[read.node.index()];
    --reader.in_flight;
    read.completed = now;
    read.outcome = reply.outcome;
    read.cause = reply.cause;
    read.value = reply.value;
    read.version = reply.version;
    read.served_by = reply.served_by;
    const bool ok = reply.outcome == Outcome::ok;
    if (ok || reply.cause == Cause::rejected) {
        reader.failures = 0;
    } else {
        reader.last_cause = reply.cause;
        if (++reader.failures >= failures_max) reader.rest_until = now + rest;
    }
    const bool settled = ok && ledger_.at(read.key).is_settled(read.value);
    if (settled || now >= deadline_) {
        done_.push_back(read);
    } else {
        reader.waiting.push_back(Item{read.key, now + retry_after});
    }
    pump(read.node.index(), now);
}

void ReadBack::give_up(std::size_t node, Instant now) {
    Reader& reader = nodes_[node];
    for (const Item& item : std::exchange(reader.waiting, {})) {
        Operation read;
        read.key = item.key;
        read.scheduled = read.invoked = read.completed = now;
        read.node = NodeId::of(node);
        read.client = readers_of_[topology_.nodes[node].region.index()];
        read.outcome = Outcome::failed;
        read.phase = Phase::final_read;
        read.cause = reader.last_cause;
        done_.push_back(read);
    }
}

bool ReadBack::is_finished() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [](const Reader& reader) {
        return reader.in_flight == 0 && reader.waiting.empty();
    });
}

}  // namespace gameday::load
