// resolve_once: clients that follow their route at once, over addresses that do not change.
//
// Each operation goes where the route leads when it is due. Names of endpoints are looked up when
// the load opens its clients, before the first operation, and the addresses are kept for the run.
#pragma once

#include "harness/ports/client_behaviour.hpp"

namespace gameday::clients {

extern const ClientBehaviourKind resolve_once;

}  // namespace gameday::clients
