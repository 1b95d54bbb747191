// What was true in a history, from its plan and from the simulation.
#include "tests/proof/history.hpp"

#include "tests/proof/evidence_of.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::proof {

namespace {

// The most that a window of the level may forgive in this stream.
double forgiven(const Plan& plan, const StreamTruth& stream) {
    const double mean = stream.rate * plan.hold;
    const double most = plan.loads[stream.load].poisson ? mean + 6 * std::sqrt(mean) : mean + 1;
    const double due = std::max(static_cast<double>(needed(plan.success)), most);
    return std::floor((1 - plan.success) * due + 1e-9);
}

// Says what each piece was to the stream, and melts those that are close.
void classify(const Plan& plan, StreamTruth& stream) {
    const double most = forgiven(plan, stream);
    std::vector<SpanTruth> spans;
    const auto& pieces = plan.pieces[stream.region][stream.verb == Verb::write ? 1 : 0];
    for (std::size_t index = 0; index < pieces.size(); ++index) {
        if (pieces[index].load >= 0 && pieces[index].load != stream.load) continue;
        auto span = stream.spans[index];
        const auto hits = static_cast<double>(span.hits.size());
        span.sure = hits > most;
        if (!span.whole && !span.hits.empty()) {
            // Windows that look back are sound at first, those that look on are at the end.
            const auto edge = static_cast<std::size_t>(std::min(hits, most + 2));
            span.begin_late = span.hits[edge - 1];
            span.end_early = span.hits[span.hits.size() - edge];
        }
        if (pieces[index].mode == Mode::stall) {
            // Who is due in the last stretch waits and is served within the bound.
            span.end_early =
                std::max(span.begin, std::min(span.end_early, span.end - plan.bound()));
            span.harmless = span.hits.empty();
        } else {
            span.harmless = false;
        }
        if (pieces[index].close && !spans.empty() && span.begin - spans.back().end < plan.hold) {
            auto& before = spans.back();
            if (before.sure && span.sure) {
                before.down += span.down;
                before.end = span.end;
                before.end_early = span.end_early;
                before.hits.insert(before.hits.end(), span.hits.begin(), span.hits.end());
                continue;
            }
        }
        spans.push_back(std::move(span));
    }
    stream.spans = std::move(spans);
    stream.starved =
        stream.steady_due < needed(plan.success) || stream.tail_due < needed(plan.success);
}

// Who is in office lags behind nobody: no opinion where a replica came to be in office.
Claimable lag_truth(const Plan& plan) {
    if (plan.office.size() > 1) return {};
    double worst_lag = plan.lag.base;
    for (const auto& peak : plan.lag.peaks) {
        if (peak.to > plan.steady_low) worst_lag = std::max(worst_lag, peak.lag);
    }
    return Claimable::point(worst_lag);
}

// Changes of the office beyond those that each fault may cause until the next one.
Claimable flaps_truth(const Plan& plan) {
    if (plan.split.on) return {};
    for (std::size_t index = 1; index < plan.faults.size(); ++index) {
        if (plan.faults[index].injected() < plan.faults[index - 1].healed() &&
            plan.office.size() > 1) {
            return {};
        }
    }
    double flaps = 0, moves = 0, regained = 0;
    for (std::size_t index = 0; index < plan.faults.size(); ++index) {
        const auto& fault = plan.faults[index];
        const double next =
            index + 1 < plan.faults.size() ? plan.faults[index + 1].injected() : infinite;
        double changes = 0, within = 0;  // of region; of node
        for (std::size_t entry = 1; entry < plan.office.size(); ++entry) {
            const double at = plan.office[entry].from;
            if (at < fault.injected() || at >= next) continue;
            ++within;
            if (plan.nodes[plan.office[entry].node] != plan.nodes[plan.office[entry - 1].node]) {
                ++changes;
            }
        }
        const double allowed =
            fault.expects_outage ? 2.0 * static_cast<double>(fault.pulses.size()) : 0;
        flaps += std::max(0.0, changes - allowed);
        moves += std::max(0.0, within - allowed);
        // Losing and regaining the office may count as a change of role.
        if (!fault.taken.empty()) ++regained;
    }
    return {moves + regained, flaps};
}

Claimable split_truth(const Plan& plan, const World& world) {
    if (!plan.split.on) return Claimable::point(0);
    double first = infinite, last = 0;  // the winner's first answer, the loser's last start
    const auto by_loser = [&](const Write& write) {
        return write.node == plan.split.loser && write.committed < plan.split.to;
    };
    for (const auto& write : world.writes()) {
        if (!write.acknowledged) continue;
        if (by_loser(write))
            last = std::max(last, write.invoked);
        else
            first = std::min(first, write.completed);
    }
    double count = 0;
    for (const auto& write : world.writes()) {
        if (!write.acknowledged) continue;
        if (by_loser(write) ? write.invoked > first : write.completed < last) ++count;
    }
    return Claimable::point(count);
}

std::string span_story(const StreamTruth& stream) {
    std::string text;
    for (const auto& span : stream.spans) {
        text += " [" + std::to_string(span.begin) + ", " + std::to_string(span.end) + ") " +
                std::to_string(span.hits.size()) + " hit" + (span.sure ? "" : ", unsure") +
                (span.whole ? "" : ", in part") + (span.harmless ? ", harmless" : "");
    }
    return text;
}

}  // namespace

std::string story_of(const Plan& plan, const Truth& truth);
void add_data_truth(const Plan& plan, const World& world, Truth& truth);

Truth truth_of(const Plan& plan, World& world) {
    Truth truth;
    truth.success = plan.success;
    truth.hold = plan.hold;
    truth.active_high = plan.active_high;
    truth.steady_before = !plan.small_dead;
    truth.suspended = plan.paused_to > plan.paused_from;
    for (std::size_t region = 0; region < plan.regions; ++region) {
        truth.regions.push_back("region-" + std::to_string(region));
    }
    for (auto& stream : world.streams()) {
        classify(plan, stream);
        for (const auto& span : stream.spans) {
            if (span.end > plan.active_high) truth.steady_after = false;
        }
        truth.streams.push_back(stream);
        if (plan.small_dead && stream.load == 1) truth.streams.back().thin = true;
    }
    for (const auto& fault : plan.faults) {
        FaultTruth one;
        one.name = fault.name;
        one.injected = fault.injected();
        one.healed = fault.healed();
        for (const auto& pulse : fault.pulses) one.pulses.push_back(pulse.injected);
        one.expects_outage = fault.expects_outage;
        if (!fault.bites) truth.proven = false;
        for (const auto& other : plan.faults) {
            if (&other != &fault && other.injected() < fault.healed() &&
                fault.injected() < other.healed()) {
                one.overlaps = true;
            }
        }
        truth.faults.push_back(std::move(one));
    }
    add_data_truth(plan, world, truth);
    truth.run["split_brain_writes"] = split_truth(plan, world);
    truth.run["flaps"] = flaps_truth(plan);
    bool untold = plan.served == Plan::Served::untold;
    for (const auto& entry : plan.office) {
        const bool last = entry.node + 1 == plan.nodes.size();
        untold = untold || (last && plan.served == Plan::Served::unrecognised);
    }
    if (untold) {
        // Nobody can tell who wrote where; what is lost where is not told by fault.
        truth.run["split_brain_writes"].no_pass = plan.regions > 1;
        if (!plan.roles) truth.run["flaps"].no_pass = true;
        for (auto& fault : truth.faults) fault.data.clear();
    }
    if (plan.lag.on) truth.run["replication_lag_max"] = lag_truth(plan);
    truth.story = story_of(plan, truth);
    return truth;
}

std::string story_of(const Plan& plan, const Truth& truth) {
    std::string text = "seed " + std::to_string(plan.seed) + ": " + std::to_string(plan.regions) +
                       " regions, " + std::to_string(plan.nodes.size()) + " nodes, level " +
                       std::to_string(plan.success) + " over " + std::to_string(plan.hold) +
                       " s, timeout " + std::to_string(plan.timeout) + " s, bound " +
                       std::to_string(plan.bound()) + " s, active until " +
                       std::to_string(plan.active_high) + "\n";
    for (const auto& fault : plan.faults) {
        text += fault.name + " (" + fault.kind + ")";
        for (const auto& pulse : fault.pulses) {
            text +=
                " [" + std::to_string(pulse.injected) + ", " + std::to_string(pulse.healed) + ")";
        }
        text += std::string(fault.expects_outage ? "" : ", to be ridden out") + ", takes " +
                std::to_string(fault.taken.size()) + " nodes, survivors read from " +
                std::to_string(fault.survivors_at) + ", back at " + std::to_string(fault.back) +
                "\n";
    }
    for (const auto& entry : plan.office) {
        text += "office from " + std::to_string(entry.from) + " at node " +
                std::to_string(entry.node) + "\n";
    }
    if (truth.suspended) {
        text += "instrument paused " + std::to_string(plan.paused_from) + " to " +
                std::to_string(plan.paused_to) + "\n";
    }
    text += "loss kind " + std::to_string(static_cast<int>(plan.data.loss)) + " of commits (" +
            std::to_string(plan.data.from) + ", " + std::to_string(plan.data.to) + ")\n";
    if (plan.split.on) text += "two writers until " + std::to_string(plan.split.to) + "\n";
    for (const auto& stream : truth.streams) {
        text +=
            "load " + std::to_string(stream.load) + ", region " + std::to_string(stream.region) +
            ", " + std::string(name_of(stream.verb)) + ", " + std::to_string(stream.rate) + "/s" +
            (plan.loads[stream.load].poisson ? " poisson" : "") + (stream.thin ? ", thin" : "") +
            (stream.starved ? ", starved" : "") + ":" + span_story(stream) + "\n";
    }
    for (const auto& [metric, value] : truth.run) {
        text += metric + ": low at most " + std::to_string(value.low_at_most) + ", high at least " +
                std::to_string(value.high_at_least) + "\n";
    }
    for (const auto& fault : truth.faults) {
        for (const auto& [metric, value] : fault.data) {
            text += fault.name + " " + metric + ": low at most " +
                    std::to_string(value.low_at_most) + ", high at least " +
                    std::to_string(value.high_at_least) + "\n";
        }
    }
    return text;
}

History make_history(std::uint64_t seed) {
    const Plan plan = draw_plan(seed);
    Random random(seed, "proof/world");
    World world(plan, random);
    world.run();
    History history;
    history.scenario = scenario_of(plan);
    history.evidence = evidence_of(plan, world, random, history.scenario);
    history.truth = truth_of(plan, world);
    return history;
}

}  // namespace gameday::proof
