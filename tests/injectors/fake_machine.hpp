// A machine that fault plans act on in tests: rules on links, processes, switches of the user's
// commands. It does what the devices document, and refuses what they would refuse.
#pragma once

#include "harness/ports/device.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace gameday::test {

enum class Process { running, stopped, dead };

struct FakeMachine {
    std::set<std::string> hops;   // links with a listener
    std::set<std::string> hosts;  // where packets can be touched
    // By fault and link, or by fault and "<kernel device> <host>".
    std::map<std::pair<std::uint32_t, std::string>, Action> rules;
    std::map<std::string, Process> processes;  // by pid file or pid
    std::set<std::string> switches;            // those that are on

    // False when the action cannot be done; nothing has changed then.
    bool perform(FaultId id, const Action& action);
    // What the world looks like: all but the fake itself.
    [[nodiscard]] auto state() const { return std::tie(rules, processes, switches); }
};

}  // namespace gameday::test
