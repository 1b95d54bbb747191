// Measure: a pure function from the evidence, as view/ shows it, to measurements.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/report.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/tiers.hpp"
#include "harness/model/verdict.hpp"
#include "harness/ports/catalog.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace gameday {

namespace view {
struct View;
}

// Where a metric stands in the lists of the few that count most, from 1; 0: not in that list.
struct MetricPlaces {
    std::uint8_t key_figure = 0;    // the figures that a report begins with
    std::uint8_t headline = 0;      // the parts of the headline
    std::uint8_t objective = 0;     // the columns of the compliance page; several may share one
    std::uint8_t loss_warning = 0;  // losses that are warned of when no target asks for them
};

// The scenarios whose headline has a metric: those whose keys have one writer, or several.
enum class Writers : std::uint8_t { any, one, several };

// A metric's part of the headline. A metric in seconds is an outage of its subject; any other is a
// count.
struct HeadlineWords {
    std::string_view subject{};      // "writes" were down for so long
    std::string_view none{}, one{};  // the whole part for counts of 0 and 1
    std::string_view several{};      // what stands behind any other count
    Writers writers = Writers::any;
};

// The words around a figure on the timeline, where it is a span from its `from` to its `to`.
struct SpanWords {
    MarkKind kind = MarkKind::fault;
    std::string_view before{}, after{};  // both empty: it is not on the timeline
    bool when_zero = true;               // also drawn when the figure may be zero
};

// What is asked of a metric, and how it is shown besides its row among all measurements.
struct MetricTraits {
    // Told by arrivals: known no finer than the load is dense.
    bool resolved_by_load = false;
    // A target of 0 that every run must meet, unless its file says otherwise.
    bool implied = false;
    // The implied target is enough to pass a file that declares none.
    bool suffices = false;
    // The operations it is about; absent: all.
    std::optional<Verb> verb{};
    // Between regions only: in one region a count of none says nothing.
    bool across_regions = false;
    // What a tier of service bounds by it; null: tiers say nothing of it.
    Duration Tier::*tier_bound = nullptr;
    MetricPlaces place{};
    std::string_view objective{};  // title of its column on the compliance page
    HeadlineWords headline{};
    SpanWords span{};
};

struct MetricSpec {
    std::string_view name;      // what a target writes: "rto", "lost_acked", "availability"
    std::string_view title;     // what people read: "Recovery time"
    Unit unit = Unit::seconds;  // of the target's value as well
    Comparison comparison = Comparison::at_most;
    std::string_view meaning;
    MetricTraits traits{};
};

struct Measure {
    std::string_view name, title, meaning;  // "rto", "Recovery time (RTO)", one line
    std::span<const MetricSpec> metrics;
    // Never fails: what cannot be measured is a Measurement without a value and with a reason.
    // At least one Measurement for each metric.
    std::vector<Measurement> (*evaluate)(const view::View&);
};

// The metric of that name in the measures of the catalog, or null.
const MetricSpec* find_metric(const Catalog& catalog, std::string_view name);

// The metrics of one list, by their places in it; those that share a place as the catalog has them.
std::vector<const MetricSpec*> metrics_in_order(const Catalog& catalog,
                                                std::uint8_t MetricPlaces::*list);

}  // namespace gameday
