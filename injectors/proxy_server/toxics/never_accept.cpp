// never_accept: SYNs get no answer; connections that there are go on.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType never_accept_toxic{
    .name = "never_accept",
    .connections =
        [](const Toxic& /*toxic*/, Rule& rule) {
            rule.cut = Cut::blackhole;
            rule.scope = Scope::fresh;
            rule.direction = Direction::both;
        },
    .filters = Filters::needed,
    .meets_syns = true,
};

}  // namespace gameday::proxy_server
