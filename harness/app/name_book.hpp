// The names of a system, looked up again before each fault: what kernel devices see in packets are
// addresses, and a name may have moved since the scenario was loaded.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/topology.hpp"

#include <string>
#include <vector>

namespace gameday::app {

class NameBook {
 public:
    // As they are written in the scenario, before resolve_names().
    NameBook(const Topology& topology, const std::vector<std::string>& spare);

    // Puts what the names stand for now in the place of what they stood for. Returns a line for
    // each node whose addresses have changed, and one when the look-up failed or took longer than
    // `patience`: then all stays as it was. Costs nothing when there are no names.
    std::vector<std::string> refresh(Topology& topology, std::vector<std::string>& spare,
                                     Duration patience) const;

 private:
    std::vector<std::vector<std::string>> nodes_;  // by node
    std::vector<std::string> spare_;
    bool has_names_ = false;
};

}  // namespace gameday::app
