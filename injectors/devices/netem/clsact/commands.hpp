// Steering by filters as lines for a shell. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/netem/steering_tree.hpp"

#include <string>
#include <vector>

namespace gameday::devices::netem {

// What leads the packets of these faults to the ends, on a host with these interfaces. A clsact
// that is there is used.
Result<std::vector<std::string>> filter_lines(const std::vector<Steered>& faults,
                                              const std::vector<std::string>& interfaces,
                                              const Ends& ends, const std::string& run_dir);

// Takes it off, on all of the interfaces, and each clsact that then holds nothing.
std::vector<std::string> filter_undo_lines(const std::vector<std::string>& interfaces);

}  // namespace gameday::devices::netem
