// noop: nothing.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType noop_toxic{
    .name = "noop",
    .connections = [](const Toxic& /*toxic*/, Rule& /*rule*/) {},
    .datagrams = [](const DrawnToxic& /*drawn*/, udp::DatagramRule& /*rule*/) {},
};

}  // namespace gameday::proxy_server
