#include "injectors/devices/firewall/commands.hpp"

#include "injectors/devices/common/kernel/host.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/firewall/ruleset.hpp"

#include <fmt/format.h>

#include <sstream>

namespace gameday::devices::firewall {

namespace {

// One name for all: a person has one fault at a time.
constexpr const char* table_name = "gameday_by_hand";

std::vector<std::string> interfaces_of(const kernel::Host& host) {
    auto where = kernel::Namespace::open(host);
    if (!where) return {"eth0"};
    auto names = kernel::interfaces(*where);
    return names && !names->empty() ? *names : std::vector<std::string>{"eth0"};
}

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
    const auto table = table_of(*rule, table_name, interfaces_of(*host));
    if (!table) return {};
    std::vector<std::string> lines{enter + "nft -f - <<'END'"};
    std::istringstream text(kernel::nft::table_text(*table));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    lines.emplace_back("END");
    return lines;
}

}  // namespace gameday::devices::firewall
