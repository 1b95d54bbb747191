#include "harness/judge/bite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gameday::judge {
namespace {

using view::Stream;
using view::View;

struct Share {
    std::size_t due = 0, bad = 0;

    void add(bool good) {
        ++due;
        if (!good) ++bad;
    }
};

// Probability that so many of all bad operations or more fall among the later ones, were they as
// frequent there as before: binomial, summed by logarithms.
double chance_of(const Share& before, const Share& later) {
    const auto all = static_cast<double>(before.bad + later.bad);
    const double share =
        static_cast<double>(later.due) / static_cast<double>(before.due + later.due);
    if (before.due == 0 || later.bad == 0) return 1;
    double chance = 0;
    for (std::size_t bad = later.bad; bad <= before.bad + later.bad; ++bad) {
        const auto some = static_cast<double>(bad);
        chance +=
            std::exp(std::lgamma(all + 1) - std::lgamma(some + 1) - std::lgamma(all - some + 1) +
                     some * std::log(share) + (all - some) * std::log1p(-share));
    }
    return chance;
}

// Whether another fault was in force, or had been a moment before.
bool is_disturbed(Instant when, const View& view) {
    return std::ranges::any_of(view.evidence.faults, [&](const FaultWindow& other) {
        return other.injected.low <= when &&
               (!other.healed || when <= other.healed->high + view.scenario.minimum.hold);
    });
}

// More bad operations than before: over all of the fault, or over its beginning, as long as the
// steady window.
bool is_worse(const Stream& stream, const Interval<Instant>& force, const View& view) {
    constexpr double certain = 0.01;
    const Instant soon = force.low + view.evidence.steady.width();
    Share before, whole, beginning;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        // What the instrument spoiled proves nothing.
        const bool good = view.goodness.served(operation) || view.goodness.spoiled(operation);
        if (operation.completed < force.low) {
            if (!is_disturbed(operation.scheduled, view)) before.add(good);
        } else if (operation.scheduled <= force.high) {
            whole.add(good);
            if (operation.scheduled <= soon) beginning.add(good);
        }
    }
    return chance_of(before, whole) <= certain || chance_of(before, beginning) <= certain;
}

bool shows_in_traffic(const Interval<Instant>& force, const View& view) {
    return std::ranges::any_of(view.streams, [&](const Stream& stream) {
        const auto& spans = stream.spans_at_best ? *stream.spans_at_best : stream.spans;
        const bool broken = std::ranges::any_of(spans, [&](const view::Span& span) {
            return span.first_failed >= force.low && span.start.high >= force.low &&
                   span.start.low <= force.high;
        });
        return broken || is_worse(stream, force, view);
    });
}

// When the newest of the other faults was in force for the last time before `when`.
Instant quiet_since(Instant when, const View& view) {
    Instant quiet = Instant::min();
    for (const auto& other : view.evidence.faults) {
        if (other.injected.low >= when || !other.healed) continue;
        quiet = std::max(quiet, std::min(when, other.healed->high + view.scenario.minimum.hold));
    }
    return quiet;
}

// Whether a node takes a role within, twice at least, that it did not have before: in the quiet
// time that ends with the fault, or at its last sample where no time was quiet. A node that is
// asked in two ways may have two roles all the time, and one sample may be the instrument's.
bool role_changed(const View& view, const Interval<Instant>& force) {
    constexpr std::size_t enough = 2;
    struct Seen {
        std::set<Role> before;
        std::optional<Role> last;
        std::map<Role, std::size_t> within;
    };
    const Instant quiet = quiet_since(force.low, view);
    std::map<NodeId, Seen> nodes;
    for (const auto& sample : view.evidence.roles) {
        Seen& seen = nodes[sample.node];
        if (sample.at.high < force.low) {
            seen.last = sample.role;
            if (sample.at.low >= quiet) seen.before.insert(sample.role);
        } else if (sample.at.low <= force.high) {
            ++seen.within[sample.role];
        }
    }
    return std::ranges::any_of(nodes, [&](auto& node) {
        Seen& seen = node.second;
        if (!seen.last) return false;
        if (seen.before.empty()) seen.before.insert(*seen.last);
        return std::ranges::any_of(seen.within, [&](const auto& each) {
            return each.second >= enough && !seen.before.contains(each.first);
        });
    });
}

// Whether a checker sees a node fall within.
bool health_fell(const Evidence& evidence, const Interval<Instant>& force) {
    // Nodes are healthy until a checker says otherwise.
    std::map<std::pair<RegionId, NodeId>, bool> healthy;
    for (const auto& sample : evidence.health) {
        const auto known = healthy.try_emplace({sample.observer, sample.node}, true).first;
        const bool fell = known->second && !sample.healthy;
        if (fell && sample.at >= force.low && sample.at <= force.high) return true;
        known->second = sample.healthy;
    }
    return false;
}

}  // namespace

bool bit(const FaultWindow& window, const View& view) {
    if (window.affected >= 0) return window.affected > 0;
    const Interval<Instant> force{window.injected.low,
                                  window.healed ? window.healed->high : view.evidence.active.high};
    return shows_in_traffic(force, view) || role_changed(view, force) ||
           health_fell(view.evidence, force);
}

namespace {

struct Bites {
    std::size_t pulses = 0, bitten = 0, untouched = 0;
};

Bites bites_of(FaultId id, const View& view) {
    Bites bites;
    for (const auto& window : view.evidence.faults) {
        if (window.id != id) continue;
        ++bites.pulses;
        if (bit(window, view)) ++bites.bitten;
        if (window.affected == 0) ++bites.untouched;
    }
    return bites;
}

}  // namespace

std::vector<std::string> without_bite(const View& view) {
    std::vector<std::string> all;
    for (const auto& step : view.scenario.faults) {
        if (bites_of(step.id, view).bitten > 0) continue;
        all.push_back(fmt::format(
            "{} did not bite: neither its device nor the traffic shows that it was in force",
            step.name));
    }
    return all;
}

std::vector<std::string> pulses_without_bite(const View& view) {
    std::vector<std::string> all;
    for (const auto& step : view.scenario.faults) {
        const Bites bites = bites_of(step.id, view);
        if (bites.bitten == 0 || bites.untouched == 0) continue;
        all.push_back(
            fmt::format("{} of {} pulses of {} did not bite: their device touched nothing",
                        bites.untouched, bites.pulses, step.name));
    }
    return all;
}

}  // namespace gameday::judge
