// Replication lag: age of the newest write of the source that the replica can read, sampled from
// outside by marker writes; beside it what the system says of itself. And staleness: for each read,
// how old the returned value was, given the ledger.
#include "harness/measures/data/staleness.hpp"
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>

namespace gameday::measures {
namespace {

// A sample of intervals: a quantile of it lies between the quantiles of their ends.
struct Ages {
    std::vector<Duration> low, high;

    void add(const Interval<Duration>& age) {
        low.push_back(age.low);
        high.push_back(age.high);
    }
    void add(const Ages& more) {
        low.insert(low.end(), more.low.begin(), more.low.end());
        high.insert(high.end(), more.high.begin(), more.high.end());
    }
    // Changes their order.
    [[nodiscard]] Interval<double> at(double q) {
        const Duration most = view::select_quantile(high, q);
        return {
            seconds(view::select_quantile(low, q)),
            most == view::Unseen::any ? std::numeric_limits<double>::infinity() : seconds(most)};
    }
};

Measurement begin_lag(const char* metric, const char* criterion) {
    Measurement measurement;
    measurement.measure = "replication_lag";
    measurement.metric = metric;
    measurement.criterion = criterion;
    return measurement;
}

// What was sampled of a replica, and for each sample that could not be taken one of at least its
// age: its lag lay between 0 and the age of the last marker seen.
Ages ages_of(const view::ReplicaLag& replica) {
    constexpr std::int64_t samples_most = 100000;  // of one stretch
    Ages ages;
    for (const auto& sample : replica.samples) ages.add(sample.lag);
    for (const auto& stretch : replica.unseen) {
        const Duration length = stretch.until - stretch.from;
        const Duration step = std::max({replica.usual_gap, length / samples_most, Duration(1)});
        for (Instant when = stretch.from + step; when < stretch.until; when += step) {
            ages.add({Duration::zero(), stretch.most_at(when)});
        }
        ages.add({Duration::zero(), stretch.most()});
    }
    return ages;
}

std::string unseen_words(const view::Lag& lag, const Topology& topology) {
    std::string words;
    for (const auto& replica : lag.replicas) {
        Duration length{};
        for (const auto& stretch : replica.unseen) length += stretch.until - stretch.from;
        if (length == Duration::zero()) continue;
        add_remark(words,
                   fmt::format("{} could not be read for {}", topology.node_name(replica.replica),
                               format_duration(length)));
    }
    return words;
}

void add_lags(std::vector<Measurement>& measurements, const view::View& view) {
    const Evidence& evidence = view.evidence;
    Ages all;
    std::map<NodeId, Ages> by_replica;
    std::optional<Duration> reported;
    double taken = 0;
    for (const auto& replica : view.lag.replicas) {
        auto ages = ages_of(replica);
        all.add(ages);
        by_replica.emplace(replica.replica, std::move(ages));
        taken += static_cast<double>(replica.samples.size());
        for (const auto& sample : replica.samples) {
            if (sample.reported) {
                reported = std::max(reported.value_or(Duration()), *sample.reported);
            }
        }
    }
    const auto take = [&](const char* metric, const char* criterion, double q) {
        auto measurement = begin_lag(metric, criterion);
        if (!view.lag.sampled()) {
            measurement.why = "no replication lag was sampled";
        } else {
            measurement.value = all.at(q);
            measurement.why = unseen_words(view.lag, evidence.topology);
            measurement.figures.push_back({"samples", Unit::count, Interval<double>::point(taken)});
            for (auto& [replica, ages] : by_replica) {
                measurement.figures.push_back(
                    {evidence.topology.node_name(replica), Unit::seconds, ages.at(q)});
            }
            Figure says{"reported_max", Unit::seconds, std::nullopt};
            if (reported) says.value = Interval<double>::point(seconds(*reported));
            measurement.figures.push_back(says);
        }
        measurements.push_back(std::move(measurement));
    };
    take("replication_lag_max",
         "largest age of the newest marker that a replica could read, from the steady window on; "
         "while it could not be read, between 0 and the age of the last marker seen there",
         1.0);
    take("replication_lag_p99",
         "99 % quantile of the age of the newest marker that a replica could read, from the steady "
         "window on; while it could not be read, between 0 and the age of the last marker seen "
         "there",
         0.99);
}

void add_staleness(std::vector<Measurement>& measurements, const view::View& view) {
    Staleness reads = staleness_of(view);
    const auto count = static_cast<double>(reads.low.size());
    Ages ages{std::move(reads.low), std::move(reads.high)};
    const auto take = [&](const char* metric, const char* criterion, double q) {
        auto measurement = begin_lag(metric, criterion);
        if (count == 0) {
            measurement.why = "no read could be compared with the ledger";
        } else {
            measurement.value = ages.at(q);
            measurement.figures = {{"reads", Unit::count, Interval<double>::point(count)},
                                   {"stale_reads", Unit::count,
                                    Interval<double>::point(static_cast<double>(reads.stale))}};
            if (reads.stalest != 0) measurement.witnesses.push_back(reads.stalest);
        }
        measurements.push_back(std::move(measurement));
    };
    take("staleness_max", "longest time for which a value returned had been out of date", 1.0);
    take("staleness_p99",
         "99 % quantile over reads of the time for which the value had been out of date", 0.99);
}

std::vector<Measurement> measure_replication_lag(const view::View& view) {
    std::vector<Measurement> measurements;
    add_lags(measurements, view);
    add_staleness(measurements, view);
    return measurements;
}

constexpr std::array<MetricSpec, 4> replication_lag_metrics{{
    {"replication_lag_max", "replication lag, largest", Unit::seconds, Comparison::at_most,
     "largest lag of a replica, by marker writes"},
    {"replication_lag_p99", "replication lag p99", Unit::seconds, Comparison::at_most,
     "99 % quantile of the lag, by marker writes"},
    {"staleness_max", "staleness, largest", Unit::seconds, Comparison::at_most,
     "oldest value that a read returned"},
    {"staleness_p99", "staleness p99", Unit::seconds, Comparison::at_most,
     "99 % quantile of the age of returned values"},
}};

}  // namespace

extern const Measure replication_lag{
    "replication_lag", "Replication lag",
    "age of what replicas can read, and staleness of what reads returned", replication_lag_metrics,
    &measure_replication_lag};

}  // namespace gameday::measures
