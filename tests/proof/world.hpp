// The simulated system: serves operations by the plan and remembers what became of each write.
#pragma once

#include "tests/proof/plan.hpp"

#include <deque>
#include <map>

namespace gameday::proof {

// One write as the system itself knows it.
struct Write {
    std::size_t load = 0, region = 0, node = 0;  // node: who took it
    std::uint32_t key = 0;
    std::uint64_t value = 0, version = 0;
    double invoked = 0, committed = 0, completed = 0;
    bool acknowledged = false, effective = false, refused = false;
    bool resurrected = false, returned = false, unexpected = false;
    std::uint64_t foreign = 0;  // what unexpected shows
    bool behind = false;
    double stale_until = -1;  // absent at the odd node until then
};

class World {
 public:
    World(const Plan& plan, Random& random);

    // Runs the load, the reads from survivors and the reads at the end.
    void run();

    [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
    [[nodiscard]] const std::deque<Write>& writes() const { return writes_; }
    [[nodiscard]] std::vector<StreamTruth>& streams() { return streams_; }
    [[nodiscard]] bool survivors_read(std::size_t fault) const { return survivors_read_[fault]; }
    [[nodiscard]] double finished() const { return finished_; }
    // Whether a write is gone for good, or while the survivors are read.
    [[nodiscard]] bool lost(const Write& write) const;
    [[nodiscard]] bool lost_at_failover(const Write& write) const;
    [[nodiscard]] bool superseded(const Write& write) const;  // a later write of its key stands
    // Superseded by a write that went the same way.
    [[nodiscard]] bool superseded_by_gone(const Write& write) const;

 private:
    struct Due {
        double scheduled;
        std::size_t stream;
    };

    void make_streams();
    [[nodiscard]] std::vector<Due> arrivals();
    void serve(const Due& due);
    [[nodiscard]] const Piece* hit(const StreamTruth& stream, double invoked, double service,
                                   std::size_t& index);
    void end_badly(Operation& operation, const Piece& piece, double invoked);
    void take_write(Operation& operation, const StreamTruth& stream, double invoked,
                    double committed, double completed, bool effective);
    void answer_read(Operation& operation, const StreamTruth& stream, double at);
    void account(StreamTruth& stream, const Operation& operation, double scheduled,
                 double completed);
    void emit(Operation operation, double scheduled, double invoked, double completed);
    [[nodiscard]] std::size_t server(std::size_t region, double at) const;
    [[nodiscard]] bool visible(const Write& write, std::size_t node, double at) const;
    [[nodiscard]] std::uint64_t read(std::uint32_t key, std::size_t node, double at) const;
    [[nodiscard]] std::uint64_t version_of(std::size_t node, double committed);
    [[nodiscard]] NodeId named(std::size_t node) const;
    void mark_oddities();
    void read_survivors(std::size_t fault);
    void read_at_the_end();
    void read_one(std::uint32_t key, std::size_t node, double at, Phase phase);

    const Plan& plan_;
    Random& random_;
    std::uint32_t run_id_;
    std::vector<Operation> operations_;
    std::deque<Write> writes_;
    std::map<std::uint32_t, std::vector<std::size_t>> by_key_;  // in order of commit
    std::vector<std::vector<std::uint32_t>> recent_;            // keys by load
    std::vector<StreamTruth> streams_;
    std::vector<std::vector<std::uint64_t>> seen_;  // operations hit by pattern, stream and piece
    std::vector<bool> survivors_read_;
    std::uint32_t next_key_ = 1000;
    std::uint64_t revision_ = 0, revision_loser_ = 0;
    double finished_ = 0;
};

Instant instant(double seconds);

// The run's id; values are numbered with it.
std::uint32_t run_id_of(std::uint64_t seed);

}  // namespace gameday::proof
