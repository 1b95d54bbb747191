#include "injectors/proxy_server/api/budget_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::proxy_server {
namespace {

// A proxy beside which the other cannot be.
bool contradicts(const Proxy& one, const Proxy& other) {
    const auto& first = one.extras.budget;
    const auto& second = other.extras.budget;
    return first && second && first->group == second->group && first->rate != second->rate;
}

Error contradiction(const Proxy& wanted, const Proxy& other) {
    return invalid(
        "gameday.budget: a group has one rate: \"{}\" has {} in proxy \"{}\", want the same in "
        "\"{}\", got {}; POST /gameday/change changes all in one step",
        wanted.extras.budget->group, other.extras.budget->rate, other.name, wanted.name,
        wanted.extras.budget->rate);
}

}  // namespace

Result<void> check_budgets(const std::vector<Proxy>& wanted, const ProxyTable& book) {
    for (const Proxy& proxy : wanted) {
        for (const Proxy& other : wanted) {
            if (&other == &proxy) break;
            if (contradicts(proxy, other)) return contradiction(proxy, other);
        }
        for (const auto& [name, other] : book) {
            const bool stays = std::ranges::find(wanted, name, &Proxy::name) == wanted.end();
            if (stays && contradicts(proxy, other)) return contradiction(proxy, other);
        }
    }
    return {};
}

}  // namespace gameday::proxy_server
