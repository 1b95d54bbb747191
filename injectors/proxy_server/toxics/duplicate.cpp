// duplicate: datagrams arrive twice (share: parts per million).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType duplicate_toxic{
    .name = "duplicate",
    .attributes = {"share"},
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            rule.twice.push_back({drawn.toxic.count("share"), drawn.seed});
        },
    .check = [](const Toxic& toxic) { return check_millionths(toxic, "share"); },
};

}  // namespace gameday::proxy_server
