// packet_loss: packets or datagrams are lost at random (loss: parts per million).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

namespace gameday::devices::proxy::toxiproxy {

extern const ToxicType packet_loss_toxic{
    .name = "packet_loss",
    .attributes = {"loss"},
    .connections = [](const Toxic& toxic,
                      Rule& rule) { rule.loss = static_cast<double>(toxic.count("loss")) / 1e6; },
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            rule.lost.push_back({drawn.toxic.count("loss"), drawn.seed});
        },
    .check = [](const Toxic& toxic) -> Result<void> {
        constexpr std::int64_t million = 1'000'000;
        const std::int64_t loss = toxic.attributes.at("loss");
        if (loss >= 0 && loss <= million) return {};
        return Error{ErrorCode::invalid,
                     fmt::format("loss is {}, want parts per million: 0 to {}", loss, million)};
    },
    .filters = Filters::needed,
};

}  // namespace gameday::devices::proxy::toxiproxy
