#include "injectors/proxy_server/toxics/toxic_check.hpp"

#include "injectors/devices/proxy/net/socket_filter.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace gameday::devices::proxy::toxiproxy {
namespace {

constexpr std::int64_t million = 1'000'000;

bool meets_syns(const Toxic& toxic) {
    return toxic.type == "refuse" || toxic.type == "never_accept";
}

Error wrong(std::string message) { return {ErrorCode::invalid, std::move(message)}; }

}  // namespace

Result<void> check_toxic(const Toxic& toxic, const Result<void>& filters) {
    if (toxic.type == "packet_loss") {
        const std::int64_t loss = toxic.attributes.at("loss");
        if (loss < 0 || loss > million) {
            return wrong(fmt::format("loss is {}, want parts per million: 0 to {}", loss, million));
        }
    }
    if (toxic.type == "reset_storm") {
        for (const auto& [name, value] : toxic.attributes) {
            if (value < 0) return wrong(fmt::format("{} is {}, want 0 or more", name, value));
        }
    }
    if (meets_syns(toxic) && toxic.toxicity != 1) {
        return wrong(
            fmt::format("toxicity is {}, want 1: {} meets connections before there is one "
                        "to draw for",
                        toxic.toxicity, toxic.type));
    }
    if (filters || (toxic.type != "packet_loss" && toxic.type != "never_accept")) return {};
    return Error{ErrorCode::unsupported,
                 fmt::format("{} is not possible here: {}", toxic.type, filters.error().message)};
}

std::string remark_on(const Toxic& toxic, const Result<void>& filters) {
    if (toxic.type != "blackhole" || filters) return {};
    return remark_without_filters(filters.error());
}

}  // namespace gameday::devices::proxy::toxiproxy
