// timeout: bytes vanish, and the connection is closed after a time (timeout: ms); 0 is never.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType timeout_toxic{
    .name = "timeout",
    .attributes = {"timeout"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            const Duration after = toxic.time("timeout");
            rule.discard = true;
            if (after > Duration{}) rule.close_after = after;
        },
};

}  // namespace gameday::proxy_server
