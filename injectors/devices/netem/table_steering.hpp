// Steering by a table of nf_tables that we own (see steering_tree).
#pragma once

#include "injectors/devices/netem/steering.hpp"

#include <string>

namespace gameday::devices::netem {

OpenSteering steer_by_table(const std::string& run_dir);

}  // namespace gameday::devices::netem
