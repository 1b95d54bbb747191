#include "harness/run/agenda.hpp"

#include <algorithm>
#include <tuple>

namespace gameday::run {

using scenario::Step;
using scenario::StepKind;

Agenda::Agenda(const Scenario& scenario, const std::vector<Step>& steps)
    : lines_(scenario.faults.size()) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        lines_[i].has_length = scenario.faults[i].length.has_value();
    }
    for (const auto& step : steps) lines_.at(step.index).steps.push_back(step);
}

std::optional<Step> Agenda::next() const {
    const Step* best = nullptr;
    for (const auto& line : lines_) {
        if (line.steps.empty()) continue;
        const Step& first = line.steps.front();
        if (best == nullptr || std::tie(first.at, first.kind) < std::tie(best->at, best->kind)) {
            best = &first;
        }
    }
    return best == nullptr ? std::nullopt : std::optional<Step>(*best);
}

Duration Agenda::heal_of(const Step& inject) const {
    const auto& steps = lines_.at(inject.index).steps;
    const auto heal = std::ranges::find_if(steps, [&](const Step& step) {
        return step.kind == StepKind::heal && step.pulse == inject.pulse;
    });
    return heal == steps.end() ? inject.at : heal->at;
}

void Agenda::done(const Step& step, Duration over) {
    Line& line = lines_.at(step.index);
    line.steps.pop_front();
    if (step.kind != StepKind::inject || !line.has_length || line.steps.empty()) return;
    Step& heal = line.steps.front();
    heal.at = std::max(heal.at, over + (heal.at - step.at));
}

}  // namespace gameday::run
