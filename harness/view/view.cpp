#include "harness/view/view.hpp"

namespace gameday::view {

View look(const Scenario& scenario, const Evidence& evidence) {
    const Goodness goodness(scenario, evidence);
    View view{scenario,
              evidence,
              goodness,
              fault_periods(evidence),
              streams_of(scenario, evidence, goodness),
              order_by_key(evidence, goodness),
              lag_of(evidence),
              {}};
    view.ledger =
        ledger_of({scenario, evidence, view.goodness, view.faults, view.by_key, view.lag});
    return view;
}

}  // namespace gameday::view
