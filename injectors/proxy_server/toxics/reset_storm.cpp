// reset_storm: RST to connections that there are (count of them, 0 is all; rate: a second, 0 is at
// once).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

namespace gameday::proxy_server {

extern const ToxicType reset_storm_toxic{
    .name = "reset_storm",
    .attributes = {"count", "rate"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            rule.cut = Cut::reset;
            rule.scope = Scope::established;
            rule.direction = Direction::both;
            rule.storm = {toxic.count("count"), toxic.count("rate")};
        },
    .check = [](const Toxic& toxic) -> Result<void> {
        for (const auto& [name, value] : toxic.attributes) {
            if (value >= 0) continue;
            return invalid("{} is {}, want 0 or more", name, value);
        }
        return {};
    },
};

}  // namespace gameday::proxy_server
