// ReadBack: reads every key of a ledger from every node directly, in a closed loop with a bound,
// until nothing acknowledged is missing or patience ends.
#pragma once

#include "harness/load/ledger.hpp"
#include "harness/load/place_reads.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <map>
#include <stop_token>
#include <vector>

namespace gameday::load {

// Runs on the calling thread, one load at a time. A key that is not settled at a node, or was not
// answered, is read again until the deadline, 50 ms later the first time, twice as long later each
// further time, at most 800 ms, and a last time when patience is over. Every attempt is recorded. A
// node that fails several times in a row is only tried now and then; at the deadline its remaining
// keys are recorded as failed without being sent.
class ReadBack {
 public:
    // readers: by RegionId, the client that reads from nodes of that region. sink: is told of reads
    // as they are recorded; may be null.
    ReadBack(const LoadPlan& plan, const Topology& topology, const SteadyClock& clock,
             const Ledger& ledger, const std::vector<ClientId>& readers,
             EvidenceSink* sink = nullptr);

    // All reads, in the order of their ends. `interrupted` when a stop was asked for.
    Result<std::vector<Operation>> run(Instant deadline, const std::stop_token& stop);

 private:
    struct Item {
        std::uint32_t key = 0;
        Duration gap{};  // before its next attempt
    };
    struct Reader {
        std::deque<Item> fresh;
        std::multimap<Instant, Item> again;       // by the instant from which on
        std::map<std::uint32_t, Item> under_way;  // by key: each once at a time
        std::uint32_t failures = 0;               // in a row
        Cause last_cause = Cause::none;
        Instant rest_until{};
    };
    void tick(Instant now);
    void pump(std::size_t node, Instant now);
    void take(const PlaceReads::Ended& ended);
    void give_up(std::size_t node, Instant now);
    [[nodiscard]] bool is_finished() const;
    void hand_over();

    const SteadyClock& clock_;
    const Ledger& ledger_;
    boost::asio::io_context io_{1};
    PlaceReads reads_;
    std::vector<Reader> nodes_;  // by NodeId, as the places of the reads
    std::vector<Operation> done_;
    std::size_t handed_over_ = 0;  // of those done
    EvidenceSink* sink_;
    Instant deadline_{};
};

}  // namespace gameday::load
