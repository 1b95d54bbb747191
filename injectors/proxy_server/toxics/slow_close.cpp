// slow_close: FIN is passed on so much later (delay: ms).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType slow_close_toxic{
    .name = "slow_close",
    .attributes = {"delay"},
    .connections = [](const Toxic& toxic, Rule& rule) { rule.end_delay = toxic.time("delay"); },
};

}  // namespace gameday::proxy_server
