// Proxy: one proxy of Toxiproxy's API, as a value. Pure.
#pragma once

#include "injectors/proxy_server/api/extras.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <string>
#include <vector>

namespace gameday::proxy_server {

struct Proxy {
    std::string name;
    std::string listen;    // as asked for; once it has been open, as it was opened
    std::string asked;     // once it has been open: as it was asked for, perhaps a host's name
    std::string upstream;  // as asked for
    bool enabled = false;
    std::vector<Toxic> toxics;  // those of upstream first, each stream in order of adding
    Extras extras{};
    bool operator==(const Proxy&) const = default;
};

}  // namespace gameday::proxy_server
