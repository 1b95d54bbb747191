// What the device does, as the commands that do the same by hand: for `gameday plan`. Pure.
#pragma once

#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/encode.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::devices::netem {

// The words behind "netem" for tc(8), all that is not as netem begins. A table of the user's own
// cannot be said there: `distribution own` then stands for it.
std::string netem_words(const kernel::Impairment& impairment);

// The lines for a shell: interfaces of kind ifb, their qdiscs, the undo of both.
std::vector<std::string> tc_lines(const std::string& ifb, const std::string& alias,
                                  const kernel::Impairment& impairment);

struct Commands {
    std::vector<std::string> apply, undo;  // each may be of several lines
    bool operator==(const Commands&) const = default;
};
// For one fault alone, on a host with these interfaces. Unlike ours, what they make has no lease,
// and stays until it is undone.
Result<Commands> commands_of(const Rule& rule, std::uint32_t fault, const std::string& run_dir,
                             const std::vector<std::string>& interfaces);

// The same for an action of the device, as DeviceKind wants it. Not pure: it looks up interfaces.
std::vector<std::string> commands(const Action& action);

}  // namespace gameday::devices::netem
