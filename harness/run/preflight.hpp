// What a run asks of its devices before any fault; what they lack refuses the run.
#pragma once

#include "harness/run/devices.hpp"
#include "harness/run/runner.hpp"

namespace gameday::run {

// Asks every device that a plan names, and the hops' own, whether this machine lets it work.
// Nothing is changed but that hops are open then.
Result<void> devices_ready(const Order& order, Devices& devices);

// Once the system stands: asks whether each action of each fault, inject and heal, could be done
// now, see Device::check. Nodes that are chosen by role later are stood in for by any node.
Result<void> faults_can_be_done(const Order& order, Devices& devices);

}  // namespace gameday::run
