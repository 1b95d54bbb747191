// Steering by u32 filters in a clsact, for kernels whose nf_tables cannot do it (see filters).
//
// Each change writes a complete set into the slot that is free, and then takes the old one off: a
// filter that stands decides rightly by itself, so a packet is treated as before or as after. A
// reaper takes all off when we die or hang; what it leaves (a claim that matches nothing, and an
// empty clsact) is known by its mark, to remove_marked in another process too.
#pragma once

#include "injectors/devices/netem/clsact/reaper.hpp"
#include "injectors/devices/netem/steering.hpp"

#include <memory>
#include <string>

namespace gameday::devices::netem {

OpenSteering steer_by_filters(const std::string& run_dir, const std::shared_ptr<Reaper>& reaper);

}  // namespace gameday::devices::netem
