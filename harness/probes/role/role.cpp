// role: who is primary, as each node says.
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/status_prober.hpp"

namespace gameday::probes {

extern const ProbeKind role_kind{"role",
                                 "who is primary, as each node says",
                                 status_params,
                                 check_status_probe,
                                 make_status_prober,
                                 StatusSubject::role};

}  // namespace gameday::probes
