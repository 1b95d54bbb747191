// Replica: the engine of the modes with one primary (async, sync, quorum).
//
// A log with terms as in Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus
// Algorithm", 2014), with trial votes, and with a lease: a follower that hears a heartbeat elects
// nobody else for `lease` (plus a margin), and the primary acts only while a majority is so bound.
// The lease is checked before a write is taken and again before its answer goes out.
//
// Three source files: replica.cpp (requests and answers), election.cpp, replication.cpp.
#pragma once

#include "examples/regions/engine.hpp"
#include "examples/regions/store.hpp"
#include "harness/base/random.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace gameday::regions {

class Replica final : public Engine {
 public:
    Replica(const Settings& settings, Peer self, Recovered found, Disk& disk, Instant now);

    void tick(Instant now) override;
    void receive(Peer from, const Message& message, Instant now) override;
    void submit(const Request& request, Instant now) override;
    void undelivered(const Message& message) override;
    Effects settle(Instant now) override;
    [[nodiscard]] View view(Instant now) const override;

 private:
    enum class Stance : std::uint8_t { follower, trial, candidate, leader };

    // What the primary knows of another node, in its own term.
    struct Member {
        Index next = 1, match = 0, told_commit = 0;
        Instant echoed = Instant::min();         // send time of the newest heartbeat answered
        Instant contact_since = Instant::min();  // contact without a gap since then
        Instant rewound = Instant::min();        // when `next` was last set back
        bool in_sync = false;                    // sync: its copy is waited for
    };
    // A write that waits for its commit; `asker` is set when another node passed it on.
    struct Pending {
        Index index = 0;
        std::uint64_t request = 0;
        std::optional<Peer> asker;
        Instant since;
    };
    // An answer that is ready but for the last look at the lease.
    struct Done {
        Answer answer;
        std::optional<Peer> asker;
        bool needs_authority = false;
    };

    // Messages.
    void on(Peer from, const VoteRequest& message, Instant now);
    void on(Peer from, const VoteAnswer& message, Instant now);
    void on(Peer from, const Append& message, Instant now);
    void on(Peer from, const AppendAnswer& message, Instant now);
    void on(Peer from, const Stand& message, Instant now);
    void on(Peer from, const Forward& message, Instant now);
    void on(Peer from, const ForwardAnswer& message, Instant now);
    void on(Peer, const Batch&, Instant) {}        // of another mode
    void on(Peer, const BatchAnswer&, Instant) {}  // of another mode

    // Elections (election.cpp).
    void tick_follower(Instant now);
    void start_trial(Instant now);
    void campaign(bool yielded, Instant now);
    void lead(Instant now);
    void follow(Term term, Instant now);
    void put_off_standing(Instant from);
    void retry_standing(Instant now);
    void ask_for_votes(bool trial, bool yielded);
    [[nodiscard]] bool may_vote(Peer candidate, const VoteRequest& request, Instant now) const;
    [[nodiscard]] bool may_promote_alone() const;
    [[nodiscard]] bool knows_primary(Instant now) const;
    [[nodiscard]] bool authority(Instant now) const;
    [[nodiscard]] bool serving(Instant now) const;
    [[nodiscard]] Instant lease_ends() const;

    // Replication (replication.cpp).
    void tick_leader(Instant now);
    void consider_failback(Instant now);
    void finish_yield(Instant now);
    void replicate(Instant now);
    void send_entries(Peer to, Member& member, bool heartbeat, Instant now);
    bool take_entries(const Append& message);
    void advance_commit(Instant now);
    void apply_to(Index commit);
    [[nodiscard]] Index commit_target(Instant now) const;
    [[nodiscard]] bool in_contact(const Member& member, Instant now) const;
    [[nodiscard]] Index agreed_before(Index index) const;

    // Requests (replica.cpp).
    void write_here(const Request& request, std::optional<Peer> asker, Instant now);
    void read_here(const Request& request, std::optional<Peer> asker, Instant now);
    void pass_on(const Request& request, Instant now);
    void finish(std::uint64_t request, std::optional<Peer> asker, Status status,
                std::uint64_t version = 0, std::string value = {}, bool needs_authority = false);
    void give_up_pending();
    void expire(Instant now);
    void append_here(Entry entry);
    void send(Peer to, Message message) { out_.push_back({to, std::move(message)}); }

    [[nodiscard]] Index last() const { return log_.size(); }
    [[nodiscard]] Term term_at(Index index) const {
        return index == 0 ? 0 : log_.at(index - 1).term;
    }
    [[nodiscard]] bool has(Bug bug) const { return settings_.bug == bug; }

    const Settings settings_;
    const Duration lease_;  // the effective one: no_hysteresis shortens it
    const Peer self_;
    const std::size_t members_count_;
    Disk& disk_;
    Random random_;

    Term term_ = 0;
    std::optional<Peer> vote_;
    std::vector<Entry> log_;
    Index commit_ = 0;
    Store store_;

    Stance stance_ = Stance::follower;
    std::optional<Peer> leader_;
    std::uint64_t leader_stamp_ = 0;  // newest one heard
    bool leader_leased_ = false;
    bool leader_hears_ = false;  // contact works both ways
    const bool first_start_;
    Instant heard_leader_ = Instant::min();
    Instant promised_until_ = Instant::min();
    Instant stand_at_;
    Instant caught_up_;
    bool informed_ = false;  // has led, or agreed with a primary, since the process began
    std::set<Peer> votes_;

    std::map<Peer, Member> members_;  // the others
    Index opening_ = 0;               // the entry that opened this term
    Index shipped_limit_ = 0, batch_mark_ = 0;
    bool acts_alone_ = false;
    bool heartbeat_due_ = false;
    Instant led_since_{}, next_check_{}, next_batch_{};
    std::optional<Peer> yielding_to_;
    Instant yield_deadline_{};

    std::deque<Pending> pending_;
    std::map<std::uint64_t, Instant> forwarded_;  // request → when to give up
    std::vector<Done> done_;
    std::vector<Envelope> out_;
};

// The local clock as it travels in messages: nanoseconds since the run began.
std::uint64_t stamp_of(Instant now);

// Orders all effects of one store: the term first, then the place in the log.
constexpr std::uint64_t version_of(Term term, Index index) { return (term << 40U) + index; }

}  // namespace gameday::regions
