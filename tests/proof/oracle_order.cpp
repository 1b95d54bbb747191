// Who wrote and who served: split brain, flapping and the lag of replicas.
#include "tests/proof/oracle_parts.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace gameday::proof {

namespace {

struct Pen {  // one acknowledged write
    double invoked = 0, completed = 0;
    RegionId region;
    std::uint64_t version = 0;
};

std::vector<Pen> pens_of(const Case& the) {
    std::vector<Pen> pens;
    for (const auto& operation : the.evidence.operations) {
        if (operation.verb != Verb::write || operation.outcome != Outcome::ok) continue;
        if (!named(the, operation)) continue;
        pens.push_back({at(operation.invoked), at(operation.completed),
                        the.evidence.topology.region_of(operation.served_by), operation.version});
    }
    std::sort(pens.begin(), pens.end(),
              [](const Pen& a, const Pen& b) { return a.invoked < b.invoked; });
    return pens;
}

// Writes that had not seen one of another region which was acknowledged before they began.
Figures by_versions(const std::vector<Pen>& pens) {
    double first = endless, last = -1;
    RegionId loser, winner;
    for (const auto& pen : pens) {
        for (const auto& other : pens) {
            if (other.invoked > pen.invoked) break;
            if (other.region == pen.region || other.completed >= pen.invoked) continue;
            if (pen.version == 0 || other.version == 0 || pen.version > other.version) continue;
            first = std::min(first, other.completed);
            last = std::max(last, pen.invoked);
            loser = pen.region;
            winner = other.region;
        }
    }
    if (last < 0) return {0, 0};
    double count = 0;
    for (const auto& pen : pens) {
        if (pen.region == loser && pen.invoked > first && pen.invoked <= last) ++count;
        if (pen.region == winner && pen.completed < last && pen.completed >= first) ++count;
    }
    return Figures::point(count);
}

// Interleaving proves nothing without causal versions, and is suspicious.
Figures by_turns(const Case& the, const std::vector<Pen>& pens) {
    std::vector<std::size_t> changes;
    bool fast = false;
    for (std::size_t index = 1; index < pens.size(); ++index) {
        if (pens[index].region == pens[index - 1].region) continue;
        if (!changes.empty() && pens[index].invoked - pens[changes.back()].invoked < the.hold) {
            fast = true;
        }
        changes.push_back(index);
    }
    if (changes.size() < 3 && !fast) return {0, 0};
    return {0, static_cast<double>(changes.back() - changes.front() + 2)};
}

Figures split_brain(const Case& the) {
    const auto pens = pens_of(the);
    bool causal = true;
    for (const auto& load : the.scenario.loads) {
        causal = causal && load.order == VersionOrder::causal;
    }
    for (const auto& pen : pens) causal = causal && pen.version != 0;
    if (causal) return by_versions(pens);
    if (the.is(Mutation::no_version_no_split)) return {0, 0};
    return by_turns(the, pens);
}

struct Turn {
    double when = 0;
    bool region = false;
};

std::vector<Turn> turns_of(const Case& the) {
    std::vector<const Operation*> served;
    for (const auto& operation : the.evidence.operations) {
        if (!loaded(operation) || operation.outcome != Outcome::ok) continue;
        if (named(the, operation)) served.push_back(&operation);
    }
    std::sort(served.begin(), served.end(),
              [](const Operation* a, const Operation* b) { return a->invoked < b->invoked; });
    std::vector<Turn> turns;
    for (std::size_t index = 1; index < served.size(); ++index) {
        const NodeId now = served[index]->served_by, before = served[index - 1]->served_by;
        if (now == before) continue;
        const auto& topology = the.evidence.topology;
        turns.push_back(
            {at(served[index]->invoked), topology.region_of(now) != topology.region_of(before)});
    }
    return turns;
}

Figures flaps(const Case& the) {
    const auto turns = turns_of(the);
    Figures total{0, 0};
    double allowance = 0, seen = 0;
    for (std::size_t index = 0; index < the.faults.size(); ++index) {
        const auto& fault = the.faults[index];
        double next = endless;
        for (const auto& other : the.faults) {
            if (other.injected.low > fault.injected.low) next = std::min(next, other.injected.low);
        }
        double regions = 0, nodes = 0;
        for (const auto& turn : turns) {
            if (turn.when < fault.injected.low || turn.when >= next) continue;
            ++nodes;
            if (turn.region) ++regions;
        }
        const double allowed =
            fault.expects_outage ? 2.0 * static_cast<double>(fault.pulses.size()) : 0;
        allowance += allowed;
        seen += regions;
        total.low += std::max(0.0, regions - allowed);
        total.high += std::max(0.0, nodes - allowed);
    }
    if (the.is(Mutation::flaps_pooled)) return Figures::point(std::max(0.0, seen - allowance));
    return total;
}

std::optional<Figures> lag_max(const Case& the) {
    if (the.evidence.lags.empty()) return std::nullopt;
    std::map<std::uint16_t, std::vector<const LagSample*>> by_replica;
    for (const auto& sample : the.evidence.lags)
        by_replica[sample.replica.value].push_back(&sample);
    const double from = the.is(Mutation::lag_of_warmup) ? 0 : at(the.evidence.steady.low);
    Figures worst{0, 0};
    for (const auto& [replica, samples] : by_replica) {
        const LagSample* before = nullptr;
        for (const auto* sample : samples) {
            const bool counts = at(sample->at.low) >= from;
            if (counts) worst.low = std::max(worst.low, seconds(sample->lag.low));
            if (counts) worst.high = std::max(worst.high, seconds(sample->lag.high));
            if (counts && before != nullptr && !the.is(Mutation::unread_lag_is_0) &&
                sample->at.low - before->at.low > std::chrono::milliseconds(300)) {
                const double age =
                    seconds(sample->at.high - before->at.low) + seconds(before->lag.high);
                worst.high = std::max(worst.high, age);
            }
            before = sample;
        }
    }
    return worst;
}

}  // namespace

void measure_order(const Case& the, std::vector<Measurement>& all) {
    add(all, "split_brain_writes", "", "", Unit::count,
        the.told ? std::optional(split_brain(the)) : std::nullopt);
    add(all, "flaps", "", "", Unit::count, the.told ? std::optional(flaps(the)) : std::nullopt);
    add(all, "replication_lag_max", "", "", Unit::seconds, lag_max(the));
}

}  // namespace gameday::proof
