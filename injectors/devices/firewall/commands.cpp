#include "injectors/devices/firewall/commands.hpp"

#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/firewall/ruleset.hpp"
#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

namespace gameday::devices::firewall {

namespace {

// One name for all: a person has one fault at a time.
constexpr const char* table_name = "gameday_by_hand";

}  // namespace

std::vector<std::string> commands(const Action& action) {
    auto host = kernel::parse_host(text_at(action.args, "host"));
    if (!host) return {};
    const std::string enter = kernel::enter_command(*host);
    if (action.verb == "clear") {
        return {fmt::format("{}nft delete table netdev {}", enter, table_name)};
    }
    auto rule = rule_of(action);
    if (!rule) return {};
    rule->lease = Duration::zero();
    const auto table = table_of(*rule, table_name, kernel::interfaces_or_guess(*host));
    if (!table) return {};
    return {fmt::format("{}nft '{}'", enter, kernel::nft::table_line(*table))};
}

}  // namespace gameday::devices::firewall
