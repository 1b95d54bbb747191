// The JSON gateway of etcd v3, as templates and pages of the http driver. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/status.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/status.hpp"

#include <span>
#include <string_view>

namespace gameday::drivers {

extern const std::span<const ParamSpec> etcd_params, etcd_health_params, etcd_role_params;

// What a route asks unless it says so. The second tells each member's idea of the leader.
extern const std::string_view etcd_health_path, etcd_status_path;

// Compiles the object `etcd` of a load. `endpoint` becomes the Host header. `invalid` with all
// wrong fields, one a line.
Result<Templates> compile_etcd(const Params& params, const Topology& topology,
                               const Endpoint& endpoint);

// The same of a question's parameters; `host` becomes the Host header.
Result<StatusPage> compile_etcd_status(const StatusQuestion& question, std::string_view host,
                                       const HttpAccess& access = {});

}  // namespace gameday::drivers
