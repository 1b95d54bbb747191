// Messages that tc(8) sent, from files of hexadecimal digits under a line of comment.
#pragma once

#include "injectors/devices/netem/route_message.hpp"

#include <string>

namespace gameday::testing {

devices::netem::Bytes recorded(const std::string& name);

}  // namespace gameday::testing
