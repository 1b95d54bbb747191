// Picks a measurement out of what a measure returns.
#pragma once

#include "harness/ports/measure.hpp"
#include "harness/view/view.hpp"
#include "tests/support/evidence_builder.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace gameday::testing {

inline constexpr Interval<double> none{0, 0};

inline Measurement measured(const Measure& measure, const EvidenceBuilder& builder,
                            std::string_view metric, std::string_view region = "") {
    for (auto& measurement : measure.evaluate(view::look(builder.scenario, builder.evidence))) {
        if (measurement.metric == metric && measurement.client_region == region) return measurement;
    }
    throw std::logic_error("no measurement " + std::string(metric));
}

inline double figure(const Measurement& measurement, std::string_view name) {
    for (const auto& figure : measurement.figures) {
        if (figure.name == name && figure.value) return figure.value->high;
    }
    throw std::logic_error("no figure " + std::string(name));
}

}  // namespace gameday::testing
