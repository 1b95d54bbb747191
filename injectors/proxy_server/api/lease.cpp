#include "injectors/proxy_server/api/lease.hpp"

#include "harness/base/number.hpp"
#include "injectors/proxy_server/api/proxy_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace gameday::proxy_server {
namespace {

bool is_in_force(const Lease& lease) { return lease.state == Lease::State::in_force; }

std::int64_t milliseconds(Duration duration) {
    return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Lease* find_lease(Leases& leases, std::string_view number) {
    const auto wanted = number_in<std::uint64_t>(number);
    const auto found = std::ranges::find(leases.list, wanted, &Lease::number);
    return found == leases.list.end() ? nullptr : &*found;
}

std::size_t in_force(const Leases& leases) {
    return static_cast<std::size_t>(std::ranges::count_if(leases.list, is_in_force));
}

std::optional<Instant> next_expiry(const Leases& leases) {
    std::optional<Instant> next;
    for (const Lease& lease : leases.list) {
        if (is_in_force(lease) && (!next || lease.until < *next)) next = lease.until;
    }
    return next;
}

void forget_oldest(Leases& leases) {
    auto over = leases.list.size() - in_force(leases);
    std::erase_if(leases.list, [&over](const Lease& lease) {
        return !is_in_force(lease) && over-- > Leases::over_max;
    });
}

Proxy undone(const Changed& change, const Proxy& now) {
    const auto& [before, after] = change;
    Proxy proxy = now;
    if (now.enabled == after.enabled) proxy.enabled = before.enabled;
    if (now.upstream == after.upstream) proxy.upstream = before.upstream;
    if (now.toxics == after.toxics) proxy.toxics = before.toxics;
    if (now.extras == after.extras) proxy.extras = before.extras;
    return proxy;
}

std::string lease_json(const Lease& lease, Instant now) {
    static constexpr std::array<std::string_view, 3> states{"in force", "expired", "ended"};
    std::string names;
    for (const auto& [before, after] : lease.changes) {
        names += (names.empty() ? "" : ",") + text_json(after.name);
    }
    std::string text =
        fmt::format(R"("id":"{}","proxies":[{}],"lease_ms":{},"state":"{}")", lease.number, names,
                    milliseconds(lease.length), states.at(static_cast<std::size_t>(lease.state)));
    if (is_in_force(lease)) {
        text +=
            fmt::format(R"(,"left_ms":{})", milliseconds(std::max(lease.until - now, Duration{})));
    }
    if (!lease.trouble.empty()) text += R"(,"trouble":)" + text_json(lease.trouble);
    return "{" + text + "}";
}

}  // namespace gameday::proxy_server
