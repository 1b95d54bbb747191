// reset_peer: RST so long after the first bytes or FIN (timeout: ms).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType reset_peer_toxic{
    .name = "reset_peer",
    .attributes = {"timeout"},
    .connections = [](const Toxic& toxic, Rule& rule) { rule.reset_after = toxic.time("timeout"); },
    .go_struct = "ResetToxic",
};

}  // namespace gameday::proxy_server
