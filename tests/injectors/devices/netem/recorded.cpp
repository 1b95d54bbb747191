#include "tests/injectors/devices/netem/recorded.hpp"

#include <fstream>

namespace gameday::testing {

devices::netem::Bytes recorded(const std::string& name) {
    std::ifstream file(GAMEDAY_TEST_DIR "/devices/netem/recorded/" + name + ".hex");
    devices::netem::Bytes bytes;
    std::string line;
    while (std::getline(file, line)) {
        for (std::size_t i = 0; line[0] != '#' && i + 1 < line.size(); i += 2) {
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(i, 2), nullptr, 16)));
        }
    }
    return bytes;
}

}  // namespace gameday::testing
