// hang: new connections are accepted, and nothing follows.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType hang_toxic{
    .name = "hang",
    .connections =
        [](const Toxic& /*toxic*/, Rule& rule) {
            rule.cut = Cut::hold;
            rule.scope = Scope::fresh;
            rule.direction = Direction::both;
        },
};

}  // namespace gameday::proxy_server
