// Replication of the log, commits, and handing the role on. See replica.hpp.
#include "examples/regions/lease.hpp"
#include "examples/regions/replica.hpp"
#include "harness/base/ensure.hpp"

#include <algorithm>

namespace gameday::regions {
namespace {

constexpr Index entries_per_message = 256;
constexpr Index window = 4096;  // entries on the way to one node at most

Instant time_of(std::uint64_t stamp) { return Instant(Duration(static_cast<std::int64_t>(stamp))); }

}  // namespace

void Replica::tick_leader(Instant now) {
    if (now >= next_check_) {
        next_check_ = now + settings_.check_interval;
        heartbeat_due_ = true;
        consider_failback(now);
    }
    if (now >= next_batch_) {
        next_batch_ = now + settings_.interval;
        // The bug sends what was already there one interval ago, async what is there now.
        shipped_limit_ = has(Bug::early_ack) ? batch_mark_ : last();
        batch_mark_ = last();
    }
    if (yielding_to_) finish_yield(now);
    if (stance_ != Stance::leader) return;
    advance_commit(now);
    const Instant out_of_contact = std::max(lease_ends(), led_since_) + lease_ * 2;
    if (!authority(now) && now > out_of_contact) follow(term_, now);
}

// The first region takes its role back: after `cooldown` of unbroken contact, or, without
// hysteresis, at its first good answer.
void Replica::consider_failback(Instant now) {
    const bool hasty = has(Bug::no_hysteresis);
    if ((!settings_.failback && !hasty) || yielding_to_ || !serving(now)) return;
    if (self_ < settings_.nodes_per_region) return;
    for (Peer peer = 0; peer < settings_.nodes_per_region; ++peer) {
        const Member& member = members_.at(peer);
        if (!in_contact(member, now)) continue;
        const Instant since = std::max(member.contact_since, led_since_);
        const bool settled = now - since >= settings_.cooldown && member.match + window > last();
        if (!hasty && !settled) continue;
        yielding_to_ = peer;
        yield_deadline_ = now + lease_;
        return;
    }
}

// Taking no new writes, waits until the successor holds all of them, then stops for good.
void Replica::finish_yield(Instant now) {
    shipped_limit_ = last();
    const Peer successor = *yielding_to_;
    if (members_.at(successor).match == last() && pending_.empty()) {
        send(successor, Stand{term_});
        follow(term_, now);
    } else if (now > yield_deadline_) {
        yielding_to_.reset();
    }
}

bool Replica::in_contact(const Member& member, Instant now) const {
    return member.echoed + lease_ > now;
}

void Replica::replicate(Instant now) {
    for (auto& [peer, member] : members_) send_entries(peer, member, heartbeat_due_, now);
    heartbeat_due_ = false;
}

void Replica::send_entries(Peer to, Member& member, bool heartbeat, Instant now) {
    const Index limit = settings_.acknowledges_first() ? shipped_limit_ : last();
    while (true) {
        const bool room = member.next < member.match + 1 + window;
        const Index until =
            room ? std::min(limit, member.next + entries_per_message - 1) : member.next - 1;
        const bool has_entries = until >= member.next;
        const Index tellable = std::min(commit_, std::max(until, member.next - 1));
        if (!heartbeat && !has_entries && tellable <= member.told_commit) return;
        Append append;
        append.term = term_;
        append.previous = member.next - 1;
        append.previous_term = term_at(append.previous);
        append.commit = commit_;
        append.stamp = stamp_of(now);
        append.leased = !acts_alone_;
        append.heard = in_contact(member, now);
        if (has_entries) {
            append.entries.assign(log_.begin() + static_cast<std::ptrdiff_t>(member.next - 1),
                                  log_.begin() + static_cast<std::ptrdiff_t>(until));
            member.next = until + 1;
        }
        member.told_commit = std::max(member.told_commit, tellable);
        send(to, std::move(append));
        heartbeat = false;
    }
}

void Replica::on(Peer from, const Append& message, Instant now) {
    if (has(Bug::no_fencing) && stance_ == Stance::leader) return;  // the bug: deaf to later terms
    AppendAnswer answer;
    answer.stamp = message.stamp;
    if (message.term < term_) {
        answer.term = term_;
        send(from, answer);
        return;
    }
    if (message.term > term_ || stance_ != Stance::follower) follow(message.term, now);
    if (leader_ != from) leader_stamp_ = 0;  // another node's clock
    leader_ = from;
    leader_leased_ = message.leased;
    leader_hears_ = message.heard;
    leader_stamp_ = std::max(leader_stamp_, message.stamp);
    heard_leader_ = now;
    promised_until_ = std::max(promised_until_, now + lease_ + lease_margin(lease_));
    put_off_standing(promised_until_);
    answer.term = term_;
    answer.matched = take_entries(message);
    if (answer.matched) {
        informed_ = true;
        answer.index = message.previous + message.entries.size();
        apply_to(std::min(message.commit, answer.index));
        if (commit_ >= message.commit) caught_up_ = now;
    } else {
        answer.index = agreed_before(message.previous);
    }
    send(from, answer);
}

// An index no later than the last one at which this log can agree with a primary that disagrees
// at `index`: before the whole run of entries of that term.
Index Replica::agreed_before(Index index) const {
    if (index > last()) return last();
    const Term term = term_at(index);
    while (index > 0 && term_at(index) == term) --index;
    return index;
}

// Returns false when this log does not hold the entry before the new ones.
bool Replica::take_entries(const Append& message) {
    if (message.previous > last() || term_at(message.previous) != message.previous_term) {
        return false;
    }
    std::size_t known = 0;
    for (const Entry& entry : message.entries) {
        if (entry.index > last() || term_at(entry.index) != entry.term) break;
        ++known;
    }
    const std::span fresh = std::span(message.entries).subspan(known);
    if (fresh.empty()) return true;
    const Index keep = fresh.front().index - 1;
    if (keep < commit_) {
        // Async says that the tail of an old primary goes; no other sound mode ever comes here.
        GAMEDAY_ENSURE(settings_.replication == Replication::async || settings_.bug != Bug::none);
        commit_ = 0;
        store_.clear();
    }
    log_.resize(std::min<std::size_t>(log_.size(), keep));
    disk_.append(fresh);
    log_.insert(log_.end(), fresh.begin(), fresh.end());
    apply_to(std::min(message.commit, keep));
    return true;
}

void Replica::on(Peer from, const AppendAnswer& message, Instant now) {
    if (message.term > term_) {
        if (!(has(Bug::no_fencing) && stance_ == Stance::leader)) follow(message.term, now);
        return;
    }
    if (stance_ != Stance::leader || message.term != term_) return;
    Member& member = members_.at(from);
    const Instant sent = time_of(message.stamp);
    const bool new_contact = !in_contact(member, now);
    member.echoed = std::max(member.echoed, sent);
    if (new_contact && in_contact(member, now)) {
        member.contact_since = now;
        heartbeat_due_ = true;  // it learns that it is heard
    }
    acts_alone_ = false;
    if (message.matched) {
        member.match = std::max(member.match, message.index);
        member.next = std::max(member.next, member.match + 1);
        if (member.match >= commit_) member.in_sync = true;
    } else if (sent >= member.rewound) {
        member.next = std::max(member.match, std::min(message.index, member.next - 1)) + 1;
        member.rewound = now;
        member.told_commit = 0;  // so that the new guess is tried at once
    }
    advance_commit(now);
}

Index Replica::commit_target(Instant now) const {
    if (settings_.acknowledges_first()) return last();
    std::vector<Index> all{last()}, reachable{last()}, live{last()};
    for (const auto& [peer, member] : members_) {
        all.push_back(member.match);
        if (!in_contact(member, now)) continue;
        reachable.push_back(member.match);
        if (member.in_sync) live.push_back(member.match);
    }
    // The bug counts a majority of those it can reach, so that in the end it asks only itself.
    const auto& voters = has(Bug::no_fencing) ? reachable : all;
    Index target = held_by(voters, majority(voters.size()));
    if (settings_.replication == Replication::sync)
        target = std::min(target, held_by(live, live.size()));
    return term_at(target) == term_ ? target : commit_;
}

void Replica::advance_commit(Instant now) {
    for (auto& [peer, member] : members_) {
        if (!in_contact(member, now)) member.in_sync = false;
    }
    apply_to(commit_target(now));
    while (!pending_.empty() && pending_.front().index <= commit_) {
        const Pending& done = pending_.front();
        finish(done.request, done.asker, Status::ok, version_of(term_, done.index), {}, true);
        pending_.pop_front();
    }
}

void Replica::apply_to(Index commit) {
    while (commit_ < commit) {
        const Entry& entry = log_.at(commit_++);
        if (!entry.key.empty()) {
            store_.put(entry.key, entry.value, version_of(entry.term, entry.index));
        }
    }
}

}  // namespace gameday::regions
