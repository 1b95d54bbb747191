// SurvivorReads: what the nodes that a fault leaves hold of the acknowledged writes, read while the
// fault is in force and the load goes on.
//
// Three lists take turns: six of eight reads are of writes acknowledged before the fault came into
// force, which the recovery point is about, one is of those since, each newest first; and one is of
// what a survivor did not show: that is read again, up to `attempts_max` times, since replicas may
// be behind for a moment. Each key is read at every survivor. All together cause at most the rate
// of the loads, at least 100 and at most 1000 reads a second, so that reading does not bring down
// what is left.
#pragma once

#include "harness/load/ack_log.hpp"
#include "harness/load/place_reads.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace gameday::load {

// How many reads a second, for loads of that rate.
double survivor_reads_per_s(double load_per_s);

class SurvivorReads {
 public:
    // Acknowledged writes completed after the instant, in any order; called on the thread of the
    // reads.
    using Writes = std::function<std::vector<Acked>(Instant after)>;
    // readers: by load, by RegionId. sink: is told of reads as they are recorded; may be null. All
    // of it outlives this.
    SurvivorReads(const EnginePlan& plan, const Topology& topology, const SteadyClock& clock,
                  const std::vector<std::vector<ClientId>>& readers, Writes writes,
                  EvidenceSink* sink = nullptr);
    ~SurvivorReads();
    SurvivorReads(const SurvivorReads&) = delete;
    SurvivorReads& operator=(const SurvivorReads&) = delete;

    void begin(const Survey& survey);
    // What has been read. Waits for reads under way, at most a moment: those are dropped then.
    std::vector<Operation> end();

 private:
    struct Item {
        Acked write;
        std::size_t place = 0;
        std::uint32_t attempts = 0;
    };
    using Key = std::pair<std::uint16_t, std::uint32_t>;  // load, key

    void run(const std::stop_token& stop);
    void refill(Instant now);
    void open();
    [[nodiscard]] bool next(Instant now, Item& item);
    void send(const Item& item, Instant now);
    void hand_over();
    void take(std::uint16_t load, const PlaceReads::Ended& ended);

    const EnginePlan& plan_;
    const Topology& topology_;
    const SteadyClock& clock_;
    const std::vector<std::vector<ClientId>>& readers_;
    Writes writes_;
    Survey survey_;
    std::unique_ptr<boost::asio::io_context> io_;
    std::vector<std::unique_ptr<PlaceReads>> reads_;  // by load; null: it keeps no ledger
    std::vector<std::size_t> survivors_;              // as places
    std::deque<Item> before_, since_;
    std::multimap<Instant, Item> again_;
    std::map<std::pair<Key, std::size_t>, Item> under_way_;
    std::set<Key> seen_before_;
    Instant newest_{};  // acknowledged writes up to it are listed
    std::uint32_t turn_ = 0;
    std::vector<Operation> done_;
    std::size_t handed_over_ = 0;  // of those done
    EvidenceSink* sink_;
    std::jthread thread_;
};

}  // namespace gameday::load
