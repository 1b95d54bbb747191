// The calls below /gameday/: a change of many proxies in one step, and its lease.
#include "injectors/proxy_server/api/budget_check.hpp"
#include "injectors/proxy_server/api/calls.hpp"
#include "injectors/proxy_server/api/change.hpp"
#include "injectors/proxy_server/api/change_body.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace gameday::proxy_server {
namespace {

Response no_such_lease() {
    return error_response(404, "lease not found; GET /gameday/leases has those that there are");
}

Response over(const Lease& lease) {
    return error_response(
        409, fmt::format("lease {} is over: its change has been undone", lease.number));
}

// Whether the plane can carry them all; what it does less than they promise is remarked on.
Result<void> check_toxics(Proxy& proxy, const DataPlane& plane) {
    const auto filters = plane.may_filter();
    for (Toxic& toxic : proxy.toxics) {
        if (auto good = check_toxic(toxic, proxy.extras.protocol, filters); !good) return good;
        toxic.remark = remark_on(toxic, filters);
    }
    return {};
}

const Lease& grant(Leases& leases, const ChangeBody& body, Instant now) {
    forget_oldest(leases);
    Lease lease;
    lease.number = leases.next++;
    lease.length = *body.lease;
    lease.until = now + lease.length;
    lease.changes = body.changes;
    return leases.list.emplace_back(std::move(lease));
}

}  // namespace

Response change_many(Call& call) {
    auto body = read_change(call.request.body, call.book);
    if (!body) {
        const bool unknown = body.error().code == ErrorCode::refused;
        return error_response(unknown ? 404 : 400, "bad request body: " + body.error().message);
    }
    if (body->lease && in_force(call.book.leases) >= Leases::in_force_max) {
        return error_response(
            409, fmt::format("{} leases are in force; end some of them", Leases::in_force_max));
    }
    std::vector<Proxy> wanted;
    for (Changed& changed : body->changes) {
        auto loaded = call.plane.load(changed.after.extras);
        wanted.push_back(changed.after);
        Proxy& proxy = wanted.back();
        if (auto good = loaded ? check_toxics(proxy, call.plane) : loaded; !good) {
            return error_response(400, fmt::format("bad request body: proxies: {}: {}", proxy.name,
                                                   good.error().message));
        }
    }
    if (auto fits = check_budgets(wanted, call.book); !fits) {
        return error_response(400, "bad request body: " + fits.error().message);
    }
    const auto step = change(wanted, call.book, call.plane);
    if (!step) return error_response(500, step.error().message);
    std::string names;
    for (const Proxy& proxy : wanted) names += (names.empty() ? "" : ",") + text_json(proxy.name);
    std::string lease;
    if (body->lease) {
        lease = R"(,"lease":)" +
                lease_json(grant(call.book.leases, *body, call.request.now), call.request.now);
    }
    return json_response(
        200,
        fmt::format(R"({{"changed":[{}],"realtime_ns":{},"monotonic_ns":{},"spread_ns":{}{}}})",
                    names, step->realtime_ns, step->monotonic_ns, step->spread_ns, lease));
}

Response list_leases(Call& call) {
    std::string list;
    for (const Lease& lease : call.book.leases.list) {
        list += (list.empty() ? "" : ",") + lease_json(lease, call.request.now);
    }
    return json_response(200, fmt::format(R"({{"leases":[{}]}})", list));
}

Response renew_lease(Call& call) {
    Lease* lease = find_lease(call.book.leases, call.proxy);
    if (lease == nullptr) return no_such_lease();
    if (lease->state != Lease::State::in_force) return over(*lease);
    lease->until = call.request.now + lease->length;
    return json_response(200, lease_json(*lease, call.request.now));
}

Response end_lease(Call& call) {
    Lease* lease = find_lease(call.book.leases, call.proxy);
    if (lease == nullptr) return no_such_lease();
    if (lease->state != Lease::State::in_force) return over(*lease);
    undo(*lease, Lease::State::ended, call.book, call.plane);
    if (!lease->trouble.empty()) return error_response(500, lease->trouble);
    return json_response(200, lease_json(*lease, call.request.now));
}

}  // namespace gameday::proxy_server
