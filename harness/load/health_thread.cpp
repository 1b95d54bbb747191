#include "harness/load/health_thread.hpp"

#include "harness/ports/status.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace gameday::load {
namespace {

// Homes of different loads share a checker when it would ask the same questions.
bool same_checks(const LoadPlan& a, const LoadPlan& b) {
    const RouteSpec& x = a.spec.route;
    const RouteSpec& y = b.spec.route;
    return a.driver == b.driver && a.spec.driver_params == b.spec.driver_params &&
           x.check_interval == y.check_interval && x.check_timeout == y.check_timeout &&
           x.threshold == y.threshold && x.recovery == y.recovery &&
           health_question(x) == health_question(y) && primary_question(x) == primary_question(y);
}

struct Subscriber {
    std::uint32_t load, home;
};

struct Group {
    const LoadPlan* plan;
    RegionId region;
    std::vector<Subscriber> subscribers;
};

std::vector<Group> group_homes(const EnginePlan& plan) {
    std::vector<Group> groups;
    for (std::uint32_t load = 0; load < plan.loads.size(); ++load) {
        const LoadPlan& each = plan.loads[load];
        const RouteSpec& route = each.spec.route;
        if (!health_question(route) && !primary_question(route)) continue;
        for (std::uint32_t home = 0; home < each.homes.size(); ++home) {
            const auto same = std::ranges::find_if(groups, [&](const Group& group) {
                return group.region == each.homes[home] && same_checks(*group.plan, each);
            });
            if (same == groups.end()) {
                groups.push_back(Group{&each, each.homes[home], {Subscriber{load, home}}});
            } else {
                same->subscribers.push_back(Subscriber{load, home});
            }
        }
    }
    return groups;
}

}  // namespace

HealthThread::HealthThread(const EnginePlan& plan, const Topology& topology,
                           const SteadyClock& clock, Changed changed, EvidenceSink* sink)
    : work_(io_.get_executor()), clock_(clock), sink_(sink) {
    for (auto& group : group_homes(plan)) {
        auto tell = [this, changed, index = checkers_.size(),
                     subscribers = std::move(group.subscribers)](const routing::View& view) {
            for (const auto& each : subscribers) changed(each.load, each.home, view);
            this->tell(index);
        };
        checkers_.push_back(Observed{
            std::make_unique<routing::HealthChecker>(io_, clock, topology, group.region,
                                                     group.plan->spec.route, std::move(tell)),
            group.plan});
    }
}

HealthThread::~HealthThread() { stop(); }

Result<void> HealthThread::start() {
    for (auto& each : checkers_) {
        auto started =
            each.checker->start(*each.plan->driver, each.plan->spec.driver_params, clock_.now());
        if (!started) return started;
    }
    thread_ = std::thread([this] { io_.run(); });
    return {};
}

void HealthThread::tell(std::size_t checker) {
    Observed& observed = checkers_[checker];
    const auto& samples = observed.checker->samples();
    for (; observed.told < samples.size(); ++observed.told) {
        if (sink_ != nullptr) sink_->append(samples[observed.told]);
    }
}

void HealthThread::stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] {
        for (auto& each : checkers_) each.checker->stop();
        work_.reset();
    });
    thread_.join();
}

std::vector<HealthSample> HealthThread::take() {
    std::vector<HealthSample> result;
    for (auto& each : checkers_) {
        const auto samples = each.checker->take();
        result.insert(result.end(), samples.begin(), samples.end());
    }
    std::ranges::stable_sort(result, {}, &HealthSample::at);
    return result;
}

}  // namespace gameday::load
