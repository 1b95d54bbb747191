#include "injectors/devices/proxy/toxiproxy/change.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::proxy::toxiproxy {

Result<Step> change(const std::vector<Proxy>& wanted, Book& book, Plane& plane) {
    auto step = plane.change(wanted);
    if (!step) return step;
    for (const Proxy& proxy : wanted) {
        Proxy& here = book[proxy.name] = proxy;
        const auto opened = step->opened.find(proxy.name);
        if (opened != step->opened.end()) here.asked = std::exchange(here.listen, opened->second);
    }
    return step;
}

void undo(Lease& lease, Lease::State state, Book& book, Plane& plane) {
    lease.state = state;
    std::vector<Proxy> wanted;
    for (const Changed& changed : lease.changes) {
        const auto found = book.find(changed.after.name);
        if (found == book.end()) continue;  // Deleted since, and its faults with it.
        Proxy before = undone(changed, found->second);
        if (before != found->second) wanted.push_back(std::move(before));
    }
    if (wanted.empty() || change(wanted, book, plane)) return;
    for (const Proxy& proxy : wanted) {
        const auto done = change({proxy}, book, plane);
        if (done) continue;
        lease.trouble += fmt::format("{}{} is not as before: {}", lease.trouble.empty() ? "" : "; ",
                                     proxy.name, done.error().message);
    }
}

std::vector<std::string> expire(Instant now, Book& book, Plane& plane) {
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

}  // namespace gameday::devices::proxy::toxiproxy
