// ReadBack: reads every key of a ledger from every node directly, in a closed loop with a bound,
// until nothing acknowledged is missing or patience ends.
#pragma once

#include "harness/load/ledger.hpp"
#include "harness/load/plan.hpp"
#include "harness/ports/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <stop_token>
#include <vector>

namespace gameday::load {

// Runs on the calling thread, one load at a time. A key that is not settled at a node, or was not
// answered, is read again until the deadline; what is recorded is its last read. A node that fails
// several times in a row is only tried now and then; at the deadline its remaining keys are
// recorded as failed without being sent.
class ReadBack final : private ReplySink {
 public:
    // readers: by RegionId, the client that reads from nodes of that region.
    ReadBack(const LoadPlan& plan, const Topology& topology, const SteadyClock& clock,
             const Ledger& ledger, std::vector<ClientId> readers);

    // The last read of every key at every node. `interrupted` when a stop was asked for.
    Result<std::vector<Operation>> run(Instant deadline, const std::stop_token& stop);

 private:
    struct Item {
        std::uint32_t key = 0;
        Instant not_before{};
    };
    struct Reader {
        std::unique_ptr<Client> client;
        std::deque<Item> waiting;
        std::uint32_t in_flight = 0, failures = 0;  // failures: in a row
        Cause last_cause = Cause::none;
        Instant rest_until{};
    };
    Result<void> open();
    void tick(Instant now);
    void pump(std::size_t node, Instant now);
    void give_up(std::size_t node, Instant now);
    [[nodiscard]] bool is_finished() const;
    void on_reply(std::uint64_t tag, const Reply& reply) override;
    void on_page(std::uint64_t, const Page&) override {}  // it fetches no pages

    const LoadPlan& plan_;
    const Topology& topology_;
    const SteadyClock& clock_;
    const Ledger& ledger_;
    std::vector<ClientId> readers_of_;
    boost::asio::io_context io_{1};
    std::vector<Reader> nodes_;     // by NodeId
    std::vector<Operation> slots_;  // under way; the tag of a read is the index
    std::vector<std::uint32_t> free_;
    std::vector<Operation> done_;
    Instant deadline_{};
};

}  // namespace gameday::load
