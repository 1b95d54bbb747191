#include "harness/model/evidence.hpp"

#include <array>

namespace gameday {

namespace {

template <std::size_t n, class Enum>
std::string_view pick(const std::array<std::string_view, n>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < n ? names[index] : std::string_view("?");
}

}  // namespace

std::string_view name_of(Verb verb) {
    return pick(std::array<std::string_view, 2>{"read", "write"}, verb);
}
std::string_view name_of(Outcome outcome) {
    return pick(std::array<std::string_view, 3>{"ok", "failed", "unknown"}, outcome);
}
std::string_view name_of(Phase phase) {
    return pick(std::array<std::string_view, 5>{"warmup", "steady", "active", "final_read",
                                                "survivor_read"},
                phase);
}
std::string_view name_of(Cause cause) {
    return pick(std::array<std::string_view, 11>{"none", "refused", "unreachable", "timed_out",
                                                 "reset", "rejected", "server_error", "malformed",
                                                 "shed", "no_route", "unexpected"},
                cause);
}
std::string_view name_of(Role role) {
    return pick(std::array<std::string_view, 4>{"unknown", "primary", "replica", "down"}, role);
}
std::string_view name_of(Ending ending) {
    return pick(std::array<std::string_view, 4>{"completed", "aborted", "refused", "cut_short"},
                ending);
}

}  // namespace gameday
