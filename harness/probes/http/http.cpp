// http: which nodes answer a request.
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/status_prober.hpp"

namespace gameday::probes {

extern const ProbeKind http_kind{"http",
                                 "which nodes answer a request",
                                 status_params,
                                 check_status_probe,
                                 make_status_prober,
                                 StatusSubject::health};

}  // namespace gameday::probes
