// blackhole: packets get no answer; without filters the bytes wait instead.
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType blackhole_toxic{
    .name = "blackhole",
    .connections = [](const Toxic& /*toxic*/, Rule& rule) { rule.cut = Cut::blackhole; },
    .filters = Filters::wanted,
};

}  // namespace gameday::proxy_server
