// `gameday doctor`: what this machine can do, found out by doing it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::app {

struct Checkup {
    enum class State : std::uint8_t { ok, missing, degraded };
    std::string capability;
    State state = State::ok;
    std::string seen;       // what was tried and what came of it
    std::string remedy;     // what to do about it; "" when ok
    bool is_extra = false;  // only one of the examples needs it
};

// Each capability is tried for real, on processes and sockets of our own. Takes under a second and
// leaves nothing behind.
std::vector<Checkup> examine(const std::string& bin_dir);

std::string checkups_text(const std::vector<Checkup>& checkups);
std::string checkups_json(const std::vector<Checkup>& checkups);

}  // namespace gameday::app
