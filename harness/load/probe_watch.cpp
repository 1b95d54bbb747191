#include "harness/load/probe_watch.hpp"

#include "harness/base/ensure.hpp"
#include "harness/load/probe_kinds.hpp"
#include "harness/load/prober.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace gameday::load {
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
    Result<std::unique_ptr<Prober>> open(const ProbeSpec& probe, const Scenario& scenario,
                                         const ProbeSetting& setting);
    void turn();

    const Catalog& catalog_;
    const SteadyClock& clock_;
    EvidenceSink* sink_;
    Topology topology_;
    std::uint32_t run_id_ = 0;
    std::unique_ptr<ProbeState> board_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer timer_;
    std::vector<std::unique_ptr<Prober>> probers_;
    std::thread thread_;
    bool stopped_ = false;  // probe thread
};

Result<std::unique_ptr<Prober>> ProbeWatch::open(const ProbeSpec& probe, const Scenario& scenario,
                                                 const ProbeSetting& setting) {
    const auto invalid = [&](std::string message) {
        return Error{ErrorCode::invalid, "probe " + probe.name + ": " + std::move(message)};
    };
    if (probe.interval <= Duration::zero() || probe.timeout <= Duration::zero()) {
        return invalid("interval and timeout must be more than zero");
    }
    if (probe.kind == "tcp") return make_tcp_prober(setting, probe);
    if (probe.kind != "replication_lag") {
        const DriverKind* http = find_kind(catalog_.drivers, "http");
        if (http == nullptr) return invalid("this build has no http driver");
        return make_page_prober(setting, probe, *http);
    }
    auto load = load_of_lag_probe(probe, scenario);
    if (!load) return invalid(load.error().message);
    const DriverKind* driver = find_kind(catalog_.drivers, (*load)->driver);
    if (driver == nullptr) return invalid("\"" + (*load)->driver + "\" is not a driver");
    return make_lag_prober(setting, probe, *driver, **load, run_id_);
}

Result<void> ProbeWatch::start(const Scenario& scenario, std::uint32_t run_id) {
    GAMEDAY_ENSURE(!thread_.joinable());
    topology_ = scenario.topology;
    run_id_ = run_id;
    board_ = std::make_unique<ProbeState>(topology_, sink_);
    const ProbeSetting setting{io_, clock_, topology_, *board_};
    for (const auto& probe : scenario.probes) {
        // Commands are run by the runner; so are probes asked once, before or after.
        auto prober = open(probe, scenario, setting);
        if (!prober) {
            probers_.clear();
            return std::move(prober).error();
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
    return board_ == nullptr ? std::vector<Role>() : board_->roles();
}

std::vector<RoleSample> ProbeWatch::take_roles() {
    GAMEDAY_ENSURE(!thread_.joinable());
    if (board_ == nullptr) return {};
    auto samples = std::exchange(board_->role_samples, {});
    std::stable_sort(samples.begin(), samples.end(),
                     [](const RoleSample& a, const RoleSample& b) { return a.at.low < b.at.low; });
    return samples;
}

std::vector<LagSample> ProbeWatch::take_lags() {
    GAMEDAY_ENSURE(!thread_.joinable());
    return board_ == nullptr ? std::vector<LagSample>() : std::exchange(board_->lag_samples, {});
}

}  // namespace

std::unique_ptr<Watch> make_probe_watch(const Catalog& catalog, const SteadyClock& clock,
                                        EvidenceSink* sink) {
    return std::make_unique<ProbeWatch>(catalog, clock, sink);
}

}  // namespace gameday::load
