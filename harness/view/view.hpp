// View: the evidence of a run as all measures look at it, computed once.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/goodness.hpp"
#include "harness/model/scenario.hpp"
#include "harness/view/fault_periods.hpp"
#include "harness/view/key_order.hpp"
#include "harness/view/lag.hpp"
#include "harness/view/ledger.hpp"
#include "harness/view/streams.hpp"

#include <vector>

namespace gameday::view {

// Refers to scenario and evidence, which must outlive it.
struct View {
    const Scenario& scenario;
    const Evidence& evidence;
    Goodness goodness;
    std::vector<FaultPeriod> faults;  // in order of first injection
    std::vector<Stream> streams;      // in order of key
    KeyOrder by_key;
    Lag lag;
    Ledger ledger;
};

// O(n log n) in the operations, O(n) when they are in order of `scheduled`.
View look(const Scenario& scenario, const Evidence& evidence);

}  // namespace gameday::view
