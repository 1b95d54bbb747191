// HealthThread: the health checkers of all client regions, on a thread of their own so that a busy
// shard does not make nodes look ill. Changes are posted to the shards.
#pragma once

#include "harness/load/plan.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/evidence_sink.hpp"
#include "harness/routing/checker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace gameday::load {

class HealthThread {
 public:
    // Called on the health thread.
    using Changed =
        std::function<void(std::uint32_t load, std::uint32_t home, const routing::View& view)>;

    // sink: is told of each change of health; may be null.
    HealthThread(const EnginePlan& plan, const Topology& topology, const SteadyClock& clock,
                 Changed changed, EvidenceSink* sink = nullptr);
    ~HealthThread();
    HealthThread(const HealthThread&) = delete;
    HealthThread& operator=(const HealthThread&) = delete;

    Result<void> start();
    void stop();                       // idempotent
    std::vector<HealthSample> take();  // after stop, in order of time

 private:
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    const SteadyClock& clock_;
    struct Observed {
        std::unique_ptr<routing::HealthChecker> checker;
        const LoadPlan* plan;
        std::size_t told = 0;  // of its samples
    };
    void tell(std::size_t checker);
    std::vector<Observed> checkers_;
    EvidenceSink* sink_;
    std::thread thread_;
};

}  // namespace gameday::load
