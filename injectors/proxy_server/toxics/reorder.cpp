// reorder: datagrams are overtaken (share: parts per million) by later ones (gap: so many).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <algorithm>

namespace gameday::proxy_server {

extern const ToxicType reorder_toxic{
    .name = "reorder",
    .attributes = {"share", "gap"},
    .datagrams =
        [](const DrawnToxic& drawn, udp::DatagramRule& rule) {
            const auto gap = std::max<std::int64_t>(drawn.toxic.count("gap"), 1);
            rule.overtaken.push_back({{drawn.toxic.count("share"), drawn.seed}, gap});
        },
    .check = [](const Toxic& toxic) { return check_millionths(toxic, "share"); },
};

}  // namespace gameday::proxy_server
