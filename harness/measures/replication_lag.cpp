#include "harness/measures/replication_lag.hpp"

#include "harness/measures/staleness.hpp"
#include "harness/measures/streams.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace gameday::measures {
namespace {

struct Ages {
    std::vector<Duration> low, high;

    void add(const Interval<Duration>& age) {
        low.push_back(age.low);
        high.push_back(age.high);
    }
    // The quantile of a sample of intervals lies between the quantiles of its ends.
    [[nodiscard]] Interval<double> at(double q) const {
        auto lows = low;
        auto highs = high;
        std::sort(lows.begin(), lows.end());
        std::sort(highs.begin(), highs.end());
        return {seconds(quantile(lows, q)), seconds(quantile(highs, q))};
    }
};

Measurement begin(const char* metric, const char* criterion) {
    Measurement measurement;
    measurement.measure = "replication_lag";
    measurement.metric = metric;
    measurement.criterion = criterion;
    return measurement;
}

void add_lags(std::vector<Measurement>& measurements, const Evidence& evidence) {
    Ages all;
    std::map<NodeId, Ages> by_replica;
    std::optional<Duration> reported;
    for (const auto& sample : evidence.lags) {
        all.add(sample.lag);
        by_replica[sample.replica].add(sample.lag);
        if (sample.reported) reported = std::max(reported.value_or(Duration()), *sample.reported);
    }
    const auto count = static_cast<double>(evidence.lags.size());
    const auto take = [&](const char* metric, const char* criterion, double q) {
        auto measurement = begin(metric, criterion);
        if (evidence.lags.empty()) {
            measurement.why = "no replication lag was sampled";
        } else {
            measurement.value = all.at(q);
            measurement.figures.push_back({"samples", Unit::count, Interval<double>::point(count)});
            for (const auto& [replica, ages] : by_replica) {
                measurement.figures.push_back(
                    {evidence.topology.node_name(replica), Unit::seconds, ages.at(q)});
            }
            Figure says{"reported_max", Unit::seconds, std::nullopt};
            if (reported) says.value = Interval<double>::point(seconds(*reported));
            measurement.figures.push_back(says);
        }
        measurements.push_back(std::move(measurement));
    };
    take("replication_lag_max", "largest age of the newest marker that a replica could read", 1.0);
    take("replication_lag_p99",
         "99 % quantile of the age of the newest marker that a replica could read", 0.99);
}

void add_staleness(std::vector<Measurement>& measurements, const Evidence& evidence,
                   const Scenario& scenario) {
    const auto reads = staleness_of(evidence, scenario);
    Ages ages;
    const Staleness* oldest = nullptr;
    std::size_t stale = 0;
    for (const auto& read : reads) {
        ages.add(read.age);
        if (read.age.low > Duration::zero()) ++stale;
        if (oldest == nullptr || read.age.low > oldest->age.low) oldest = &read;
    }
    const auto take = [&](const char* metric, const char* criterion, double q) {
        auto measurement = begin(metric, criterion);
        if (reads.empty()) {
            measurement.why = "no read could be compared with the ledger";
        } else {
            measurement.value = ages.at(q);
            measurement.figures = {
                {"reads", Unit::count, Interval<double>::point(static_cast<double>(reads.size()))},
                {"stale_reads", Unit::count, Interval<double>::point(static_cast<double>(stale))}};
            if (stale > 0) measurement.witnesses.push_back(oldest->read->seq);
        }
        measurements.push_back(std::move(measurement));
    };
    take("staleness_max", "longest time for which a value returned had been out of date", 1.0);
    take("staleness_p99",
         "99 % quantile over reads of the time for which the value had been out of date", 0.99);
}

std::vector<Measurement> measure_replication_lag(const Evidence& evidence,
                                                 const Scenario& scenario) {
    std::vector<Measurement> measurements;
    add_lags(measurements, evidence);
    add_staleness(measurements, evidence, scenario);
    return measurements;
}

constexpr std::array<MetricSpec, 4> replication_lag_metrics{{
    {"replication_lag_max", Unit::seconds, Comparison::at_most,
     "largest lag of a replica, by marker writes"},
    {"replication_lag_p99", Unit::seconds, Comparison::at_most,
     "99 % quantile of the lag, by marker writes"},
    {"staleness_max", Unit::seconds, Comparison::at_most, "oldest value that a read returned"},
    {"staleness_p99", Unit::seconds, Comparison::at_most,
     "99 % quantile of the age of returned values"},
}};

}  // namespace

extern const Measure replication_lag{
    "replication_lag", "age of what replicas can read, and staleness of what reads returned",
    replication_lag_metrics, &measure_replication_lag};

}  // namespace gameday::measures
