// Leases: changes that undo themselves unless somebody renews them in time. As values; pure.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/proxy_server/api/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

// A proxy before a change and after it.
struct Changed {
    Proxy before, after;
    bool operator==(const Changed&) const = default;
};

struct Lease {
    enum class State : std::uint8_t { in_force, expired, ended };
    std::uint64_t number = 0;
    Duration length{};
    Instant until{};
    std::vector<Changed> changes;
    State state = State::in_force;
    std::string trouble;  // why not all of it could be undone
    bool operator==(const Lease&) const = default;
};

// All there are, and the last that are over; in order of number.
struct Leases {
    static constexpr std::size_t over_max = 100;
    static constexpr std::size_t in_force_max = 1000;
    std::vector<Lease> list;
    std::uint64_t next = 1;
    bool operator==(const Leases&) const = default;
};

// The lease of that number as it stands in a path, or null.
Lease* find_lease(Leases& leases, std::string_view number);
[[nodiscard]] std::size_t in_force(const Leases& leases);
// When the next one expires.
[[nodiscard]] std::optional<Instant> next_expiry(const Leases& leases);
// Forgets those that have been over for longest.
void forget_oldest(Leases& leases);

// The proxy as it is to be when the change is undone: what the change has set is as before, but
// for what somebody has set to something else since.
Proxy undone(const Changed& change, const Proxy& now);

// {"id":"1","proxies":["db"],"lease_ms":5000,"state":"in force","left_ms":4200}
std::string lease_json(const Lease& lease, Instant now);

}  // namespace gameday::proxy_server
