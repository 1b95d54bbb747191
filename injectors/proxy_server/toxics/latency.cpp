// latency: all leaves later, by latency ± jitter (ms).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType latency_toxic{
    .name = "latency",
    .attributes = {"latency", "jitter"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            rule.delay = toxic.time("latency");
            rule.jitter = toxic.time("jitter");
        },
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            const auto& [toxic, seed] = drawn;
            rule.late.push_back({toxic.time("latency"), toxic.time("jitter"), seed});
        },
};

}  // namespace gameday::proxy_server
