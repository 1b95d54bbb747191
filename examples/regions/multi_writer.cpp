#include "examples/regions/multi_writer.hpp"

#include "examples/regions/replica.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace gameday::regions {
namespace {

constexpr Index entries_per_batch = 1024;

}  // namespace

MultiWriter::MultiWriter(const Settings& settings, Peer self, Recovered found, Disk& disk,
                         Instant now)
    : settings_(settings), self_(self), disk_(disk), next_batch_(now) {
    const std::size_t members = settings.regions.size() * settings.nodes_per_region;
    logs_.resize(members);
    for (auto& log : found.logs) {
        for (Entry& entry : log) remember(std::move(entry));
    }
    for (Peer peer = 0; peer < members; ++peer) {
        if (peer != self_) others_[peer] = {0, now};
    }
}

void MultiWriter::tick(Instant now) {
    if (now < next_batch_) return;
    next_batch_ = now + settings_.interval;
    const auto& own = logs_[self_];
    for (const auto& [peer, other] : others_) {
        Batch batch;
        batch.previous = other.held;
        const Index until = std::min<Index>(own.size(), other.held + entries_per_batch);
        batch.entries.assign(own.begin() + static_cast<std::ptrdiff_t>(other.held),
                             own.begin() + static_cast<std::ptrdiff_t>(until));
        effects_.messages.push_back({peer, std::move(batch)});
    }
}

void MultiWriter::receive(Peer from, const Message& message, Instant now) {
    if (!others_.contains(from)) return;
    if (const auto* batch = std::get_if<Batch>(&message)) take(from, *batch, now);
    if (const auto* answer = std::get_if<BatchAnswer>(&message)) {
        others_[from].held = std::min<Index>(answer->held, logs_[self_].size());
    }
}

void MultiWriter::take(Peer from, const Batch& batch, Instant now) {
    std::vector<Entry> fresh;
    for (const Entry& entry : batch.entries) {
        if (entry.origin == from && entry.index == logs_[from].size() + 1) {
            fresh.push_back(entry);
            remember(entry);
        }
    }
    if (!fresh.empty()) disk_.append(fresh);
    const bool whole = batch.entries.size() < entries_per_batch &&
                       batch.previous + batch.entries.size() <= logs_[from].size();
    if (whole) others_[from].heard_all = now;
    effects_.messages.push_back({from, BatchAnswer{logs_[from].size()}});
}

void MultiWriter::submit(const Request& request, Instant) {
    Answer answer;
    answer.id = request.id;
    answer.server = self_;
    if (request.write) {
        Entry entry;
        clock_us_ = std::max(request.wall_us, clock_us_ + 1);
        entry.term = clock_us_ * 256 + self_;
        entry.index = logs_[self_].size() + 1;
        entry.origin = self_;
        entry.key = request.key;
        entry.value = request.value;
        answer.status = Status::ok;
        answer.version = entry.term;
        disk_.append(std::span(&entry, 1));
        remember(std::move(entry));
    } else if (const Stored* stored = store_.find(request.key)) {
        answer.status = Status::ok;
        answer.version = stored->version;
        answer.value = stored->value;
    } else {
        answer.status = Status::absent;
    }
    effects_.answers.push_back(std::move(answer));
}

void MultiWriter::remember(Entry entry) {
    if (entry.origin >= logs_.size()) return;
    clock_us_ = std::max(clock_us_, entry.term / 256);
    store_.put(entry.key, entry.value, entry.term);
    logs_[entry.origin].push_back(std::move(entry));
}

Effects MultiWriter::settle(Instant) { return std::exchange(effects_, {}); }

View MultiWriter::view(Instant now) const {
    View view;
    view.primary = view.healthy = true;
    view.leader = self_;
    for (const auto& log : logs_) view.index += log.size();
    for (const auto& [peer, other] : others_) view.lag = std::max(view.lag, now - other.heard_all);
    return view;
}

std::unique_ptr<Engine> make_engine(const Settings& settings, Peer self, Recovered found,
                                    Disk& disk, Instant now) {
    if (settings.single_writer()) {
        return std::make_unique<Replica>(settings, self, std::move(found), disk, now);
    }
    return std::make_unique<MultiWriter>(settings, self, std::move(found), disk, now);
}

}  // namespace gameday::regions
