// ReadableCheck: before any fault, whether what the load writes can be read as the scenario says:
// from each node directly, and through the route of each client region. On a thread of its own.
//
// It takes the newest acknowledged writes of each load that keeps a ledger and asks for them until
// each place has shown a value. A place that shows none within patience is judged by its answers:
//   no value where the template looks for one: amiss (the template is wrong).
//   no answer, or none that could be understood: amiss (the place cannot be read back).
//   rejected: a node that does not serve reads, a note; amiss where no node shows anything.
//   the answer itself says that the key is absent: a note. That is the system's own word, and what
//     becomes of the writes is for the ledger to tell.
#pragma once

#include "harness/load/ack_log.hpp"
#include "harness/load/place_reads.hpp"
#include "harness/ports/engine.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gameday::load {

class ReadableCheck {
 public:
    using Writes = std::function<std::vector<Acked>(Instant after)>;
    // The node that reads of a load's home (by index) go to now; none: nobody may be asked.
    using Routed = std::function<NodeId(std::size_t load, std::size_t home)>;
    struct Setting {
        const EnginePlan& plan;
        const Topology& topology;
        const SteadyClock& clock;
        const std::vector<std::vector<ClientId>>& readers;  // by load, by RegionId
        Duration patience;                                  // for a write to be visible
    };
    // All that is named outlives this.
    ReadableCheck(const Setting& setting, Writes writes, Routed routed);
    ReadableCheck(const ReadableCheck&) = delete;
    ReadableCheck& operator=(const ReadableCheck&) = delete;

    void begin();
    void end();
    [[nodiscard]] Readability result() const;

 private:
    // What became of the reads at a place.
    struct Seen {
        bool shown = false, valueless = false, absent = false, rejected = false, failed = false;
        Cause cause = Cause::none;
        std::string sample;
    };
    struct Check {
        std::unique_ptr<PlaceReads> reads;
        std::vector<Seen> seen;           // by place: nodes, then for each home each node
        std::vector<std::uint32_t> keys;  // empty: nothing was acknowledged yet
        Instant since{};                  // when the newest of them was
        std::size_t asked = 0;
    };

    void run(const std::stop_token& stop);
    Result<void> open(std::size_t load);
    void choose_keys(std::size_t load, Instant now);
    void ask(std::size_t load, Instant now);
    void take(std::size_t load, const PlaceReads::Ended& ended);
    [[nodiscard]] std::vector<std::size_t> places_of(std::size_t load) const;
    [[nodiscard]] bool is_shown(std::size_t load) const;
    void judge(std::size_t load);
    [[nodiscard]] std::string name_of(std::size_t load, std::size_t place) const;
    void amiss(std::string why);

    Setting setting_;
    Writes writes_;
    Routed routed_;
    boost::asio::io_context io_{1};
    std::deque<Check> checks_;  // by load
    mutable std::mutex mutex_;
    Readability result_;
    std::jthread thread_;
};

}  // namespace gameday::load
