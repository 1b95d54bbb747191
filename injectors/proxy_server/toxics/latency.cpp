// latency: all leaves later, by latency ± jitter (ms).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::devices::proxy::toxiproxy {

extern const ToxicType latency_toxic{
    .name = "latency",
    .attributes = {"latency", "jitter"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            rule.delay = time_attribute(toxic, "latency");
            rule.jitter = time_attribute(toxic, "jitter");
        },
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            const auto& [toxic, seed] = drawn;
            rule.late.push_back(
                {time_attribute(toxic, "latency"), time_attribute(toxic, "jitter"), seed});
        },
};

}  // namespace gameday::devices::proxy::toxiproxy
