#include "injectors/proxy_server/api/change.hpp"

#include "injectors/proxy_server/api/budget_check.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::proxy_server {
namespace {

void add_trouble(Lease& lease, const std::string& what) {
    lease.trouble += (lease.trouble.empty() ? "" : "; ") + what;
}

// A group has one rate: where it has got another one since, a proxy keeps what it has.
void keep_rates(std::vector<Proxy>& wanted, Lease& lease, const ProxyTable& book) {
    for (Proxy& proxy : wanted) {
        if (check_budgets(wanted, book)) return;
        const auto& now = book.at(proxy.name).extras.budget;
        if (proxy.extras.budget == now) continue;
        add_trouble(lease, fmt::format("{} keeps its budget: the group \"{}\" has another rate now",
                                       proxy.name, (now ? now : proxy.extras.budget)->group));
        proxy.extras.budget = now;
    }
}

}  // namespace

Result<Step> change(const std::vector<Proxy>& wanted, ProxyTable& book, DataPlane& plane) {
    auto step = plane.change(wanted);
    if (!step) return step;
    for (const Proxy& proxy : wanted) {
        Proxy& here = book[proxy.name] = proxy;
        const auto opened = step->opened.find(proxy.name);
        if (opened != step->opened.end()) here.asked = std::exchange(here.listen, opened->second);
    }
    return step;
}

void undo(Lease& lease, Lease::State state, ProxyTable& book, DataPlane& plane) {
    lease.state = state;
    std::vector<Proxy> wanted;
    for (const Changed& changed : lease.changes) {
        const auto found = book.find(changed.after.name);
        if (found == book.end()) continue;  // Deleted since, and its faults with it.
        Proxy before = undone(changed, found->second);
        if (before != found->second) wanted.push_back(std::move(before));
    }
    keep_rates(wanted, lease, book);
    if (wanted.empty() || change(wanted, book, plane)) return;
    for (const Proxy& proxy : wanted) {
        const auto done = change({proxy}, book, plane);
        if (done) continue;
        add_trouble(lease,
                    fmt::format("{} is not as before: {}", proxy.name, done.error().message));
    }
}

std::vector<std::string> expire(Instant now, ProxyTable& book, DataPlane& plane) {
    std::vector<std::string> said;
    for (Lease& lease : book.leases.list) {
        if (lease.state != Lease::State::in_force || lease.until > now) continue;
        undo(lease, Lease::State::expired, book, plane);
        std::string names;
        for (const Changed& changed : lease.changes) {
            names += (names.empty() ? "" : ", ") + changed.after.name;
        }
        said.push_back(
            lease.trouble.empty()
                ? fmt::format("lease {} has expired: as before are {}", lease.number, names)
                : fmt::format("lease {} has expired: {}", lease.number, lease.trouble));
    }
    return said;
}

}  // namespace gameday::proxy_server
