#include "harness/probes/probe_watch.hpp"

#include "harness/base/ensure.hpp"
#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/probe_state.hpp"
#include "harness/probes/prober.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace gameday::probes {
namespace {

class ProbeWatch final : public Watch {
 public:
    ProbeWatch(const Catalog& catalog, const SteadyClock& clock, EvidenceSink* sink)
        : catalog_(catalog), clock_(clock), sink_(sink), timer_(io_) {}
    ~ProbeWatch() override { ProbeWatch::stop(); }

    Result<void> start(const Scenario& scenario, std::uint32_t run_id) override;
    std::vector<Role> roles() override;
    void stop() override;
    std::vector<RoleSample> take_roles() override;
    std::vector<LagSample> take_lags() override;

 private:
    Result<std::unique_ptr<Prober>> open(const ProbeSpec& probe, const ProbeSetting& setting);
    void turn();

    const Catalog& catalog_;
    const SteadyClock& clock_;
    EvidenceSink* sink_;
    Scenario scenario_;
    std::unique_ptr<ProbeState> state_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer timer_;
    std::vector<std::unique_ptr<Prober>> probers_;
    std::thread thread_;
    bool stopped_ = false;  // probe thread
};

Result<std::unique_ptr<Prober>> ProbeWatch::open(const ProbeSpec& probe,
                                                 const ProbeSetting& setting) {
    if (probe.interval <= Duration::zero() || probe.timeout <= Duration::zero()) {
        return Error{ErrorCode::invalid, "interval and timeout must be more than zero"};
    }
    const ProbeKind* kind = find_kind(catalog_.probes, probe.kind);
    if (kind == nullptr) {
        return Error{ErrorCode::invalid, "\"" + probe.kind + "\" is not a probe"};
    }
    return kind->make(setting, probe);
}

Result<void> ProbeWatch::start(const Scenario& scenario, std::uint32_t run_id) {
    GAMEDAY_ENSURE(!thread_.joinable());
    scenario_ = scenario;
    state_ = std::make_unique<ProbeState>(scenario_.topology, sink_);
    const ProbeSetting setting{io_, clock_, scenario_, catalog_, run_id, *state_};
    for (const auto& probe : scenario_.probes) {
        auto prober = open(probe, setting);
        if (!prober) {
            probers_.clear();
            return std::move(prober).error().within("probe " + probe.name);
        }
        probers_.push_back(std::move(*prober));
    }
    thread_ = std::thread([this] {
        turn();
        io_.run();
    });
    return {};
}

// The next turn is when the first prober wants one; answers arrive in between.
void ProbeWatch::turn() {
    if (stopped_ || probers_.empty()) return;
    const Instant now = clock_.now();
    Instant wake = Instant::max();
    for (auto& prober : probers_) wake = std::min(wake, prober->turn(now));
    timer_.expires_at(clock_.when(std::max(wake, now + std::chrono::microseconds(200))));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) turn();
    });
}

void ProbeWatch::stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] {
        stopped_ = true;
        timer_.cancel();
        for (auto& prober : probers_) prober->stop();
    });
    thread_.join();
    probers_.clear();
}

std::vector<Role> ProbeWatch::roles() {
    return state_ == nullptr ? std::vector<Role>() : state_->roles();
}

std::vector<RoleSample> ProbeWatch::take_roles() {
    GAMEDAY_ENSURE(!thread_.joinable());
    if (state_ == nullptr) return {};
    auto samples = std::exchange(state_->role_samples, {});
    std::stable_sort(samples.begin(), samples.end(),
                     [](const RoleSample& a, const RoleSample& b) { return a.at.low < b.at.low; });
    return samples;
}

std::vector<LagSample> ProbeWatch::take_lags() {
    GAMEDAY_ENSURE(!thread_.joinable());
    return state_ == nullptr ? std::vector<LagSample>() : std::exchange(state_->lag_samples, {});
}

}  // namespace

std::unique_ptr<Watch> make_probe_watch(const Catalog& catalog, const SteadyClock& clock,
                                        EvidenceSink* sink) {
    return std::make_unique<ProbeWatch>(catalog, clock, sink);
}

}  // namespace gameday::probes
