// HealthChecker: the one effect of routing. It asks every node from one client region, over that
// region's own links, and tells whoever is interested what it makes of the answers.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/status.hpp"
#include "harness/routing/choice.hpp"
#include "harness/routing/health.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace gameday::routing {

// All on the thread of `io`. Each check uses a new connection, so that it sees what a newcomer
// would see. A check under way when the next is due is left to end alone.
class HealthChecker final : private StatusSink {
 public:
    // Told on each change, with the whole view after it.
    using Changed = std::function<void(const View&)>;

    HealthChecker(boost::asio::io_context& io, const SteadyClock& clock, const Topology& topology,
                  RegionId observer, RouteSpec spec, Changed changed);

    // Opens a status client for each node, with the parameters of the load; checks begin at
    // `begin`. Errors are the driver's.
    Result<void> start(const DriverKind& driver, const Params& params, Instant begin);
    void stop();  // the context runs dry afterwards
    [[nodiscard]] const std::vector<HealthSample>& samples() const { return samples_; }
    std::vector<HealthSample> take();

 private:
    struct Watched {
        std::unique_ptr<StatusClient> client;
        HealthState health, primary;
        Instant next_check{};
        bool health_pending = false, primary_pending = false;
    };

    void turn();
    void arm();
    void on_status(std::uint64_t tag, const NodeStatus& status) override;

    boost::asio::io_context& io_;
    const SteadyClock& clock_;
    const Topology& topology_;
    RegionId observer_;
    RouteSpec spec_;
    // Their numbers at each client; none: it is not asked.
    std::optional<std::size_t> health_question_, primary_question_;
    Changed changed_;
    boost::asio::steady_timer timer_;
    std::vector<Watched> nodes_;
    View view_;
    std::vector<HealthSample> samples_;
    bool stopped_ = false;
};

}  // namespace gameday::routing
