// slicer: bytes come in pieces (average_size ± size_variation: bytes; delay between them: us).
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <chrono>

namespace gameday::proxy_server {

extern const ToxicType slicer_toxic{
    .name = "slicer",
    .attributes = {"average_size", "size_variation", "delay"},
    .connections =
        [](const Toxic& toxic, Rule& rule) {
            rule.slice = toxic.count("average_size");
            rule.variation = toxic.count("size_variation");
            rule.gap = toxic.time("delay", std::chrono::microseconds(1));
        },
    .go_int = "int",
};

}  // namespace gameday::proxy_server
