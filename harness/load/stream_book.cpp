#include "harness/load/stream_book.hpp"

#include <algorithm>

namespace gameday::load {

StreamBook::StreamBook(const EnginePlan& plan, Duration slice) : plan_(plan), slice_(slice) {
    std::size_t first = 0;
    for (const auto& load : plan.loads) {
        first_.push_back(first);
        first += 2 * load.homes.size() * load.cohorts.size();
    }
}

StreamTally& StreamBook::cell(std::size_t load, std::size_t home, const Operation& operation) {
    const auto slice = static_cast<std::size_t>(
        std::max<Duration::rep>(0, (operation.scheduled - begin_).count() / slice_.count()));
    if (slice >= slices_.size()) slices_.resize(slice + 1);
    auto& streams = slices_[slice];
    if (streams.empty()) streams.resize(streams_of(plan_).size());
    const std::size_t cohorts = plan_.loads[load].cohorts.size();
    const std::size_t cohort = plan_.clients[operation.client.index()].cohort;
    return streams[first_[load] + 2 * (home * cohorts + cohort) +
                   static_cast<std::size_t>(operation.verb)];
}

void StreamBook::count_due(std::size_t load, std::size_t home, const Operation& operation) {
    const std::scoped_lock lock(mutex_);
    ++cell(load, home, operation).due;
}

void StreamBook::count_done(std::size_t load, std::size_t home, const Operation& operation,
                            bool good) {
    const std::scoped_lock lock(mutex_);
    StreamTally& tally = cell(load, home, operation);
    ++tally.done;
    if (good) {
        ++tally.good;
    } else {
        ++tally.causes[static_cast<std::size_t>(operation.cause)];
    }
}

void StreamBook::add_to(std::vector<StreamTally>& sums, const Interval<Instant>& window) const {
    const std::scoped_lock lock(mutex_);
    const auto slice_of = [&](Instant instant) {
        const auto half = slice_.count() / 2;
        return std::clamp<Duration::rep>(((instant - begin_).count() + half) / slice_.count(), 0,
                                         static_cast<Duration::rep>(slices_.size()));
    };
    for (auto slice = slice_of(window.low); slice < slice_of(window.high); ++slice) {
        const auto& streams = slices_[static_cast<std::size_t>(slice)];
        for (std::size_t i = 0; i < streams.size(); ++i) {
            sums[i].due += streams[i].due;
            sums[i].done += streams[i].done;
            sums[i].good += streams[i].good;
            for (std::size_t cause = 0; cause < cause_count; ++cause) {
                sums[i].causes[cause] += streams[i].causes[cause];
            }
        }
    }
}

std::vector<StreamCount> streams_of(const EnginePlan& plan) {
    std::vector<StreamCount> all;
    const auto add = [&](std::size_t load, RegionId home, std::size_t cohort) {
        for (const Verb verb : {Verb::read, Verb::write}) {
            StreamCount stream;
            stream.load = static_cast<std::uint16_t>(load);
            stream.region = home;
            stream.cohort = static_cast<std::uint16_t>(cohort);
            stream.verb = verb;
            all.push_back(stream);
        }
    };
    for (std::size_t load = 0; load < plan.loads.size(); ++load) {
        const LoadPlan& each = plan.loads[load];
        for (const RegionId home : each.homes) {
            for (std::size_t cohort = 0; cohort < each.cohorts.size(); ++cohort) {
                add(load, home, cohort);
            }
        }
    }
    return all;
}

void count_in(StreamCount& stream, const StreamTally& tally) {
    stream.due = tally.due;
    stream.done = tally.done;
    stream.good = tally.good;
    const auto most = std::ranges::max_element(tally.causes);
    stream.by_cause = *most;
    stream.cause = static_cast<Cause>(most - tally.causes.begin());
}

}  // namespace gameday::load
