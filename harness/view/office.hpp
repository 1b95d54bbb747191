// Office: which node was in office when, as role samples tell it, or as who served the acknowledged
// writes of a scope does where no role was sampled.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/view/fault_periods.hpp"
#include "harness/view/key_order.hpp"

#include <vector>

namespace gameday::view {

class Office {
 public:
    // By role samples: of all nodes whose newest sample says primary, the one of the highest term.
    explicit Office(const std::vector<RoleSample>& roles);
    // By traffic: who served the acknowledged writes of one scope, given in any order. What one
    // node serves less than `hold` apart from another changes the office once.
    Office(const Evidence& evidence, IndexSpan writes, const std::vector<FaultPeriod>& faults,
           Duration hold);

    [[nodiscard]] bool known() const { return known_; }
    // Nobody, when two nodes claim one term, or none claims any.
    [[nodiscard]] NodeId at(Instant when) const;
    // At the end of the run. By traffic: who served all of the last `hold` of acknowledged writes,
    // unless a fault came into force after them: the office may have changed without a write.
    [[nodiscard]] NodeId last() const { return last_; }
    // Between the last sign of the old and the first sign of the new; in order of time.
    [[nodiscard]] const std::vector<Interval<Instant>>& changes() const { return changes_; }

 private:
    struct Tenure {
        Instant from{};
        NodeId node;
    };
    std::vector<Tenure> tenures_;  // in order of `from`
    std::vector<Interval<Instant>> changes_;
    NodeId last_;
    bool known_ = false;
};

// Who served the last `hold` of the acknowledged writes of one scope, by their completion; nobody
// when several nodes did, or one that the answer does not tell, or a fault came into force since.
NodeId last_server(const Evidence& evidence, IndexSpan writes,
                   const std::vector<FaultPeriod>& faults, Duration hold);

}  // namespace gameday::view
