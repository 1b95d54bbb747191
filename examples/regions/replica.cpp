#include "examples/regions/replica.hpp"

#include "examples/regions/lease.hpp"
#include "harness/base/ensure.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gameday::regions {
namespace {

// no_hysteresis takes one missed heartbeat for a dead primary.
Duration effective_lease(const Settings& settings) {
    return settings.bug == Bug::no_hysteresis ? settings.check_interval * 2 : settings.lease;
}

std::vector<Entry> single_log(Recovered& found) {
    if (found.logs.empty()) return {};
    return std::move(found.logs.front());
}

}  // namespace

std::uint64_t stamp_of(Instant now) {
    return static_cast<std::uint64_t>(now.time_since_epoch().count());
}

Replica::Replica(const Settings& settings, Peer self, Recovered found, Disk& disk, Instant now)
    : settings_(settings),
      lease_(effective_lease(settings)),
      self_(self),
      members_count_(settings.regions.size() * settings.nodes_per_region),
      disk_(disk),
      random_(settings.seed, "election/" + std::to_string(self)),
      term_(found.term),
      vote_(found.vote),
      log_(single_log(found)),
      first_start_(found.blank),
      stand_at_(now),
      caught_up_(now) {
    for (Peer peer = 0; peer < members_count_; ++peer) {
        if (peer != self_) members_[peer] = {};
    }
    if (!log_.empty()) term_ = std::max(term_, log_.back().term);
    // A node that ran before may have promised its word to a primary just before it went down.
    if (!first_start_ && !has(Bug::stale_promotion)) {
        promised_until_ = now + lease_ + lease_margin(lease_);
        put_off_standing(promised_until_);
    } else if (first_start_ && self_ != 0) {
        put_off_standing(now + settings_.lease * 3 / 2);  // the first node of the list goes first
    } else {
        put_off_standing(now);
    }
}

void Replica::tick(Instant now) {
    expire(now);
    if (stance_ == Stance::leader) {
        tick_leader(now);
    } else {
        tick_follower(now);
    }
}

void Replica::receive(Peer from, const Message& message, Instant now) {
    if (from == self_ || from >= members_count_) return;
    std::visit([&](const auto& kind) { on(from, kind, now); }, message);
}

void Replica::submit(const Request& request, Instant now) {
    if (!request.write && !settings_.reads_at_primary) {
        read_here(request, std::nullopt, now);
    } else if (stance_ != Stance::leader) {
        pass_on(request, now);
    } else if (request.write) {
        write_here(request, std::nullopt, now);
    } else {
        read_here(request, std::nullopt, now);
    }
}

void Replica::write_here(const Request& request, std::optional<Peer> asker, Instant now) {
    if (!serving(now)) {
        finish(request.id, asker, Status::refused);
        return;
    }
    Entry entry;
    entry.term = term_;
    entry.index = last() + 1;
    entry.key = request.key;
    entry.value = request.value;
    append_here(std::move(entry));
    pending_.push_back({last(), request.id, asker, now});
    advance_commit(now);
}

void Replica::read_here(const Request& request, std::optional<Peer> asker, Instant now) {
    // What a node read from its disk may be far behind, and none of it is known to be committed.
    if (!informed_ || (settings_.reads_at_primary && !serving(now))) {
        finish(request.id, asker, Status::refused);
        return;
    }
    const Stored* stored = store_.find(request.key);
    const Status status = stored == nullptr ? Status::absent : Status::ok;
    const Stored found = stored == nullptr ? Stored{} : *stored;
    finish(request.id, asker, status, found.version, found.value, settings_.reads_at_primary);
}

void Replica::pass_on(const Request& request, Instant now) {
    if (!settings_.forward || !knows_primary(now)) {
        finish(request.id, std::nullopt, Status::refused);
        return;
    }
    forwarded_[request.id] = now + settings_.lease * 2;
    Forward forward;
    forward.term = term_;
    forward.stamp = leader_stamp_;
    forward.request = request.id;
    forward.write = request.write;
    forward.key = request.key;
    forward.value = request.value;
    send(*leader_, std::move(forward));
}

void Replica::on(Peer from, const Forward& message, Instant now) {
    Request request;
    request.id = message.request;
    request.write = message.write;
    request.key = message.key;
    request.value = message.value;
    const bool current = stance_ == Stance::leader && message.term == term_ &&
                         stamp_of(now) < message.stamp + static_cast<std::uint64_t>(lease_.count());
    if (!current) {
        finish(request.id, from, Status::refused);
    } else if (request.write) {
        write_here(request, from, now);
    } else {
        read_here(request, from, now);
    }
}

void Replica::on(Peer from, const ForwardAnswer& message, Instant) {
    if (forwarded_.erase(message.request) == 0 || message.status > 3) return;
    Answer answer{message.request, static_cast<Status>(message.status), message.version,
                  message.value, from};
    done_.push_back({std::move(answer), std::nullopt, false});
}

void Replica::undelivered(const Message& message) {
    const auto* forward = std::get_if<Forward>(&message);
    if (forward != nullptr && forwarded_.erase(forward->request) == 1) {
        finish(forward->request, std::nullopt, Status::refused);
    }
}

void Replica::finish(std::uint64_t request, std::optional<Peer> asker, Status status,
                     std::uint64_t version, std::string value, bool needs_authority) {
    Answer answer{request, status, version, std::move(value), self_};
    done_.push_back({std::move(answer), asker, needs_authority});
}

// Called when this node stops leading: what was appended may or may not survive.
void Replica::give_up_pending() {
    for (const Pending& waiting : pending_) {
        finish(waiting.request, waiting.asker, Status::uncertain);
    }
    pending_.clear();
}

void Replica::expire(Instant now) {
    while (!pending_.empty() && pending_.front().since + settings_.lease * 2 < now) {
        finish(pending_.front().request, pending_.front().asker, Status::uncertain);
        pending_.pop_front();
    }
    std::erase_if(forwarded_, [&](const auto& waiting) {
        if (waiting.second >= now) return false;
        finish(waiting.first, std::nullopt, Status::uncertain);
        return true;
    });
}

void Replica::append_here(Entry entry) {
    GAMEDAY_ENSURE(entry.index == last() + 1);
    disk_.append(std::span(&entry, 1));
    log_.push_back(std::move(entry));
}

Effects Replica::settle(Instant now) {
    if (stance_ == Stance::leader) replicate(now);
    Effects effects;
    for (Done& done : std::exchange(done_, {})) {
        Answer& answer = done.answer;
        if (done.needs_authority && !authority(now)) answer.status = Status::uncertain;
        if (done.asker) {
            ForwardAnswer back;
            back.request = answer.id;
            back.status = static_cast<std::uint64_t>(answer.status);
            back.version = answer.version;
            back.value = std::move(answer.value);
            send(*done.asker, std::move(back));
        } else {
            effects.answers.push_back(std::move(answer));
        }
    }
    effects.messages = std::exchange(out_, {});
    return effects;
}

View Replica::view(Instant now) const {
    View view;
    view.primary = serving(now);
    view.healthy = view.primary || knows_primary(now);
    view.term = term_;
    view.index = commit_;
    if (!view.primary) view.lag = now - caught_up_;
    if (view.primary || stance_ != Stance::leader) view.leader = leader_;
    return view;
}

}  // namespace gameday::regions
