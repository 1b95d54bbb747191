// Shard: one thread, one io_context, its share of the clients of every load, its own operation log.
//
// Open loop: an operation is issued when it is due, whatever became of those before it; if that
// cannot be done (bound reached, nowhere to go) it is recorded as failed, never left out. Between
// begin() and finished() a shard is touched by its own thread only, except for post() and meter().
#pragma once

#include "harness/load/ack_log.hpp"
#include "harness/load/cause_log.hpp"
#include "harness/load/meter.hpp"
#include "harness/load/op_log.hpp"
#include "harness/load/plan.hpp"
#include "harness/load/stream_book.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gameday::load {

class Shard final : private ReplySink {
 public:
    struct Setting {
        const EnginePlan& plan;
        const Topology& topology;
        const SteadyClock& clock;
        const std::atomic<Phase>& phase;
        const std::atomic<Instant>& until;  // nothing due after it is issued
        std::uint64_t seed;
        std::uint32_t index, count;  // which of the shards this is
        Duration slice;              // of the book of streams
        EvidenceSink* sink;          // is handed operations soon after they ended; may be null
    };

    explicit Shard(const Setting& setting);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    // Opens clients; the first operation is due at `begin`. Before run().
    Result<void> prepare(Instant begin);
    // The body of the thread: returns once drain() was posted and nothing is under way.
    void run();

    // From other threads: what the clients of a home believe about the nodes; the end of arrivals.
    void post_view(std::uint32_t load, std::uint32_t home, const routing::View& view);
    void post_drain();
    [[nodiscard]] const Meter& meter() const { return meter_; }
    [[nodiscard]] const StreamBook& book() const { return book_; }
    AckLog& acks() { return acks_; }

    // After run().
    OpLog& log() { return log_; }
    [[nodiscard]] const CauseLog& causes() const { return causes_; }
    // What clients did on the way, by load, each with how often.
    using Notes = std::map<std::pair<std::string, std::string>, std::uint64_t>;
    void add_notes(Notes& notes) const;
    // How long before the end the arrivals were that it did not come to.
    [[nodiscard]] Duration undone() const { return undone_; }

 private:
    struct Home {
        routing::View view;
        std::vector<std::unique_ptr<Client>> clients;  // by NodeId
        std::uint64_t turn = 0;
    };
    struct Load {
        Load(const LoadPlan& plan_in, const Setting& setting);
        const LoadPlan* plan;
        Pacer pacer;
        Mix mix;
        std::vector<Home> homes;
        Draft draft;  // the next operation of this shard, and when it is due
        Instant due{};
        bool is_own = true;  // of this shard; else it is only passed over
        std::uint32_t in_flight = 0, in_flight_max = 0;
    };
    // An operation under way; the tag of its attempts is the index.
    struct Slot {
        Operation operation;
        Instant deadline{};
        std::vector<NodeId> candidates;
        std::uint32_t attempt = 0, load = 0, home = 0;
        Outcome so_far = Outcome::failed;
    };

    void advance(Load& load);
    std::uint32_t issue_due(Instant now, std::uint32_t most);
    void issue(std::uint32_t load_index, Instant now);
    // The nodes that a client of the load would try now, best first.
    std::vector<NodeId> nodes_for(Load& load, Instant now);
    ClientHold& held_by(ClientId client, Verb verb);
    void attempt(std::uint32_t tag, Instant now);
    void complete(std::uint32_t tag, Instant now, const Reply& reply);
    void record(const Operation& operation, std::uint32_t load_index, std::uint32_t home,
                const Reply& reply);
    void hand_over();
    void arm_hand_over();
    void arm_arrivals();
    void arm_sweep(Instant deadline);
    void on_sweep_due();
    void take_late_turn();
    void sweep();
    void drain();
    void issue_rest(Instant until, Instant give_up);
    void finish_if_idle();
    void on_reply(std::uint64_t tag, const Reply& reply) override;

    Setting setting_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer arrivals_, sweeper_, end_, hand_over_;
    Instant begin_{}, sweep_at_ = Instant::max();
    std::vector<Load> loads_;
    std::vector<std::array<ClientHold, 2>> holds_;  // by client of this shard, by verb
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    OpLog log_;
    AckLog acks_;
    CauseLog causes_;
    Meter meter_;
    StreamBook book_;
    std::uint32_t late_turns_ = 0;  // that answers get before timeouts are declared
    Duration undone_{};
    bool draining_ = false;
};

}  // namespace gameday::load
