// Who listens at a TCP endpoint, as /proc tells it.
#pragma once

#include "harness/model/topology.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace gameday::devices::process {

// In the network of the process `pid`: who else listens at the endpoint (a numeric address) while
// neither that process nor one that descends from it does, "process 17 (nginx)". Absent where the
// process or its child listens, where nobody does (a port that is mapped), and where we may not
// look.
std::optional<std::string> other_listener(pid_t pid, const Endpoint& endpoint);

}  // namespace gameday::devices::process
