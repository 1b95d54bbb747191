#include "harness/drivers/etcd/gateway.hpp"
#include "harness/drivers/etcd/members.hpp"
#include "harness/drivers/http/http_client.hpp"
#include "harness/drivers/http/status_client.hpp"

#include <memory>
#include <utility>

namespace gameday::drivers {
namespace {

const Endpoint some_endpoint{"localhost", 2379};

Result<void> check_etcd(const Params& params, const Topology& topology) {
    auto templates = compile_etcd(params, topology, some_endpoint);
    if (!templates) return std::move(templates).error();
    return {};
}

Result<void> check_etcd_status(const StatusQuestion& question) {
    auto page = compile_etcd_status(question, some_endpoint.text());
    if (!page) return std::move(page).error();
    return {};
}

Result<std::unique_ptr<Client>> open_etcd(const ClientContext& context, const Params& params) {
    auto templates = compile_etcd(params, context.topology, context.endpoint);
    if (!templates) return std::move(templates).error();
    auto remotes = resolve_remotes(context, templates->access, false);
    if (!remotes) return std::move(remotes).error();
    return std::unique_ptr<Client>(
        std::make_unique<HttpClient>(context, std::move(*templates), std::move(*remotes)));
}

Result<std::unique_ptr<StatusClient>> open_etcd_status(const StatusContext& context,
                                                       const Params& params) {
    ParamReader reader(params, etcd_params);
    return open_http_status(context, HttpAccess{read_tls(reader), {}}, &compile_etcd_status);
}

}  // namespace

extern const DriverKind etcd{"etcd",           "etcd v3 by its JSON gateway",
                             etcd_params,      check_etcd,
                             open_etcd,        etcd_health_params,
                             etcd_role_params, check_etcd_status,
                             open_etcd_status, {},
                             etcd_health_path, etcd_status_path,
                             learn_members};

}  // namespace gameday::drivers
