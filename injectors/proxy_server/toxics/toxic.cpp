#include "injectors/proxy_server/toxics/toxic.hpp"

#include <algorithm>
#include <array>

namespace gameday::devices::proxy::toxiproxy {
namespace {

using Names = std::string_view;
constexpr std::array latency{Names("latency"), Names("jitter")};
constexpr std::array bandwidth{Names("rate")};
constexpr std::array slow_close{Names("delay")};
constexpr std::array timeout{Names("timeout")};
constexpr std::array slicer{Names("average_size"), Names("size_variation"), Names("delay")};
constexpr std::array limit_data{Names("bytes")};
constexpr std::array packet_loss{Names("loss")};
constexpr std::array reset_storm{Names("count"), Names("rate")};
constexpr std::array duplicate{Names("share")};
constexpr std::array reorder{Names("share"), Names("gap")};

constexpr std::array<ToxicType, 16> types{{{"latency", latency},
                                           {"bandwidth", bandwidth},
                                           {"slow_close", slow_close},
                                           {"timeout", timeout},
                                           {"reset_peer", timeout},
                                           {"slicer", slicer},
                                           {"limit_data", limit_data},
                                           {"noop", {}},
                                           {"blackhole", {}},
                                           {"packet_loss", packet_loss},
                                           {"refuse", {}},
                                           {"hang", {}},
                                           {"never_accept", {}},
                                           {"reset_storm", reset_storm},
                                           {"duplicate", duplicate},
                                           {"reorder", reorder}}};

}  // namespace

std::span<const ToxicType> toxic_types() { return types; }

const ToxicType* find_toxic_type(std::string_view name) {
    const auto found = std::ranges::find(types, name, &ToxicType::name);
    return found == types.end() ? nullptr : &*found;
}

std::string_view stream_name(Stream stream) {
    return stream == Stream::upstream ? "upstream" : "downstream";
}

}  // namespace gameday::devices::proxy::toxiproxy
