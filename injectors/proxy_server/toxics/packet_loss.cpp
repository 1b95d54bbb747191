// packet_loss: packets or datagrams are lost at random (loss: parts per million).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType packet_loss_toxic{
    .name = "packet_loss",
    .attributes = {"loss"},
    .connections = [](const Toxic& toxic,
                      Rule& rule) { rule.loss = static_cast<double>(toxic.count("loss")) / 1e6; },
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            rule.lost.push_back({drawn.toxic.count("loss"), drawn.seed});
        },
    .check = [](const Toxic& toxic) { return check_millionths(toxic, "loss"); },
    .filters = Filters::needed,
};

}  // namespace gameday::proxy_server
