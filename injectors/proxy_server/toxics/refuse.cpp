// refuse: the listener is closed; connections that there are go on.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType refuse_toxic{
    .name = "refuse",
    .connections =
        [](const Toxic& /*toxic*/, Rule& rule) {
            rule.cut = Cut::refuse;
            rule.direction = Direction::both;
        },
    .meets_syns = true,
};

}  // namespace gameday::proxy_server
