// Elections, votes, and the right to act. See replica.hpp.
#include "examples/regions/lease.hpp"
#include "examples/regions/replica.hpp"

#include <algorithm>
#include <tuple>

namespace gameday::regions {

void Replica::tick_follower(Instant now) {
    // Its own vote would be the broken promise when another primary still counts on this node.
    if (now >= stand_at_ && now >= promised_until_) start_trial(now);
}

// When to stand, counted from the moment at which voters are free to vote. Random, so that two
// nodes seldom stand at once.
void Replica::put_off_standing(Instant from) {
    if (first_start_ && term_ == 0 && self_ == 0) {
        stand_at_ = from + std::chrono::milliseconds(20);
        return;
    }
    if (has(Bug::stale_promotion)) {
        // The bug: a standby is designated by its place in the list, whatever its log holds.
        const bool designated = self_ + 1 == members_count_;
        stand_at_ = from + (designated ? settings_.check_interval / 2 : lease_ * 3);
        return;
    }
    stand_at_ = from + lease_ / 20 + from_seconds(seconds(lease_) * 0.4 * random_.unit());
}

void Replica::retry_standing(Instant now) {
    if (has(Bug::forget_on_restart) && first_start_) {
        stand_at_ = now + std::chrono::milliseconds(20);  // takes itself for the first start of all
        return;
    }
    put_off_standing(now);
}

void Replica::start_trial(Instant now) {
    if (may_promote_alone()) {
        campaign(false, now);
        acts_alone_ = true;
        lead(now);
        return;
    }
    stance_ = Stance::trial;
    votes_ = {self_};
    ask_for_votes(true, false);
    retry_standing(now);
}

void Replica::ask_for_votes(bool trial, bool yielded) {
    VoteRequest request;
    request.term = trial ? term_ + 1 : term_;
    request.last_term = term_at(last());
    request.last_index = last();
    request.trial = trial;
    request.yielded = yielded;
    for (const auto& [peer, member] : members_) send(peer, request);
}

void Replica::campaign(bool yielded, Instant now) {
    ++term_;
    vote_ = self_;
    disk_.save_vote(term_, vote_);
    stance_ = Stance::candidate;
    leader_.reset();
    leader_leased_ = false;
    votes_ = {self_};
    ask_for_votes(false, yielded);
    put_off_standing(now);
}

void Replica::lead(Instant now) {
    stance_ = Stance::leader;
    leader_ = self_;
    led_since_ = now;
    yielding_to_.reset();
    for (auto& [peer, member] : members_) {
        member = {};
        member.next = last() + 1;
    }
    Entry opening;
    opening.term = term_;
    opening.index = last() + 1;
    append_here(std::move(opening));
    opening_ = last();
    informed_ = true;
    shipped_limit_ = batch_mark_ = last();
    next_check_ = now;
    next_batch_ = now + settings_.interval;
    advance_commit(now);
}

// Becomes a follower of `term`, which is this one or a later one.
void Replica::follow(Term term, Instant now) {
    if (term > term_) {
        term_ = term;
        vote_.reset();
        disk_.save_vote(term_, vote_);
        leader_.reset();
        leader_leased_ = false;
    }
    if (stance_ == Stance::leader) {
        leader_.reset();
        give_up_pending();
        caught_up_ = now;
    }
    stance_ = Stance::follower;
    acts_alone_ = false;
    yielding_to_.reset();
    retry_standing(now);
}

bool Replica::may_vote(Peer candidate, const VoteRequest& request, Instant now) const {
    if (request.term < term_ || (request.trial && request.term == term_)) return false;
    if (request.term == term_ && (leader_ || (vote_ && *vote_ != candidate))) return false;
    const bool bound = now < promised_until_ || authority(now);
    if (bound && !request.yielded) return false;
    const bool current =
        std::tuple(request.last_term, request.last_index) >= std::tuple(term_at(last()), last());
    return current || has(Bug::stale_promotion);
}

void Replica::on(Peer from, const VoteRequest& message, Instant now) {
    if (has(Bug::no_fencing) && stance_ == Stance::leader) return;
    VoteAnswer answer;
    answer.granted = may_vote(from, message, now);
    answer.proposed = message.term;
    answer.trial = message.trial;
    const bool bound = now < promised_until_ || authority(now);
    if (!message.trial && message.term > term_ && (!bound || message.yielded)) {
        follow(message.term, now);
    }
    if (answer.granted && !message.trial) {
        vote_ = from;
        disk_.save_vote(term_, vote_);
        put_off_standing(now + lease_);
    }
    answer.term = term_;
    send(from, answer);
}

void Replica::on(Peer from, const VoteAnswer& message, Instant now) {
    if (has(Bug::no_fencing) && stance_ == Stance::leader) return;
    const bool trial = stance_ == Stance::trial && message.trial && message.proposed == term_ + 1;
    const bool vote = stance_ == Stance::candidate && !message.trial && message.proposed == term_;
    if (message.granted && (trial || vote)) {
        votes_.insert(from);
        if (votes_.size() < majority(members_count_)) return;
        if (trial) {
            campaign(false, now);
        } else {
            lead(now);
        }
    } else if (message.term > term_) {
        follow(message.term, now);
    }
}

// The primary asks this node to take over, and has stopped. Nobody else can be bound to it.
void Replica::on(Peer from, const Stand& message, Instant now) {
    if (message.term == term_ && leader_ == from && stance_ != Stance::leader) campaign(true, now);
}

// With two nodes and async there is no third to vote. A follower whose primary said that it stops
// without contact ("leased") may therefore promote itself once the lease and the margin are over.
bool Replica::may_promote_alone() const {
    return members_count_ == 2 && settings_.replication == Replication::async && leader_ &&
           *leader_ != self_ && leader_leased_ && stance_ != Stance::leader;
}

// Whether another node is the primary as far as this one can tell, in contact both ways.
bool Replica::knows_primary(Instant now) const {
    return stance_ != Stance::leader && leader_ && *leader_ != self_ && leader_hears_ &&
           now < heard_leader_ + lease_ + lease_margin(lease_);
}

Instant Replica::lease_ends() const {
    std::vector<Instant> echoed;
    for (const auto& [peer, member] : members_) echoed.push_back(member.echoed);
    return lease_end(echoed, lease_);
}

// Whether this node may act as the primary at this moment.
bool Replica::authority(Instant now) const {
    if (stance_ != Stance::leader) return false;
    return has(Bug::no_fencing) || acts_alone_ || now < lease_ends();
}

// Whether it may take new writes.
bool Replica::serving(Instant now) const {
    return authority(now) && commit_ >= opening_ && !yielding_to_;
}

}  // namespace gameday::regions
