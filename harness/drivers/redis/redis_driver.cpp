#include "harness/drivers/common/addresses.hpp"
#include "harness/drivers/common/session_client.hpp"
#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/redis/places.hpp"
#include "harness/drivers/redis/plan.hpp"
#include "harness/drivers/redis/redis_session.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <memory>
#include <string>
#include <utility>

namespace gameday::drivers {
namespace {

Result<void> check_redis(const Params& params, const Topology& topology) {
    auto plan = compile_redis(params, topology);
    if (!plan) return std::move(plan).error();
    return {};
}

Result<void> check_redis_status(const StatusQuestion& question) {
    auto compiled = compile_redis_question(question, {});
    if (!compiled) return std::move(compiled).error();
    return {};
}

Result<std::unique_ptr<Client>> open_redis(const ClientContext& context, const Params& params) {
    auto plan = compile_redis(params, context.topology);
    if (!plan) return std::move(plan).error();
    auto found = find_redis(context, std::move(*plan));
    if (!found) return std::move(found).error();
    auto target = std::make_shared<RedisTarget>(std::move(*found));
    return std::unique_ptr<Client>(
        std::make_unique<SessionClient>(context.sink, [target](SessionOwner& owner) {
            return SessionPointer(new RedisSession(*target, owner));
        }));
}

// A probe has no load: it logs in as its own parameters say.
Result<std::unique_ptr<StatusClient>> open_redis_status(const StatusContext& context,
                                                        const Params& params) {
    auto addresses = resolve(context.endpoint);
    if (!addresses) return std::move(addresses).error();
    const std::string server =
        context.home.address.empty() ? context.endpoint.address : context.home.address;
    auto compile = [&io = context.io, addresses = std::move(*addresses), server,
                    access = redis_access(params)](
                       const StatusQuestion& question) -> Result<SessionStatusClient::Make> {
        auto compiled = compile_redis_question(question, access);
        if (!compiled) return std::move(compiled).error();
        TlsTarget tls;
        if (compiled->tls.on) {
            auto opened = TlsContext::open(compiled->tls);
            if (!opened) return std::move(opened).error();
            tls = {std::move(*opened), server};
        }
        auto target = std::make_shared<const RedisStatusTarget>(
            RedisStatusTarget{io, addresses, std::move(*compiled), std::move(tls)});
        return SessionStatusClient::Make([target](StatusSessionOwner& owner) {
            return StatusSessionPointer(new RedisStatusSession(target, owner));
        });
    };
    return std::unique_ptr<StatusClient>(
        std::make_unique<SessionStatusClient>(context.sink, std::move(compile)));
}

}  // namespace

extern const DriverKind redis{
    "redis",
    "Redis, and what speaks its protocol: commands with places for key and value",
    redis_params,
    check_redis,
    open_redis,
    redis_health_params,
    redis_role_params,
    check_redis_status,
    open_redis_status,
    {},
    redis_health_command,
    redis_primary_command};

}  // namespace gameday::drivers
