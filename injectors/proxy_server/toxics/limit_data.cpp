// limit_data: the connection is closed after so many bytes (bytes).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

namespace gameday::proxy_server {

extern const ToxicType limit_data_toxic{
    .name = "limit_data",
    .attributes = {"bytes"},
    .connections = [](const Toxic& toxic, Rule& rule) { rule.limit = toxic.count("bytes"); },
};

}  // namespace gameday::proxy_server
