// Surveyor: when the survivors of a fault are read. While a fault takes nodes away, the others are
// read from the moment the level holds again, or, where it does not come back, once half of the
// fault's time is over; until the first heal begins.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/ports/engine.hpp"

#include <optional>
#include <vector>

namespace gameday::run {

class Surveyor {
 public:
    // Both outlive it.
    Surveyor(const Scenario& scenario, LoadEngine& load) : scenario_(scenario), load_(load) {}

    // A fault has come into force; it is to be healed at `end`. One that takes nobody away is
    // passed over.
    void in_force(FaultId id, const std::vector<NodeId>& taken, Instant since, Instant end);
    // It is going to be healed, if it was in force at all.
    void heal_begins(FaultId id);
    void look(Instant now, const LoadStatus& load);

 private:
    struct Taking {
        FaultId id;
        std::vector<NodeId> nodes;
        Instant since, end;
    };
    [[nodiscard]] std::vector<NodeId> survivors() const;
    void changed();

    const Scenario& scenario_;
    LoadEngine& load_;
    std::vector<Taking> taking_;
    std::optional<Instant> good_since_;
    bool reading_ = false;
};

}  // namespace gameday::run
