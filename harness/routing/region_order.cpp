#include "harness/routing/region_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace gameday::routing {

Result<std::vector<RegionId>> read_order(const Params& params, std::span<const ParamSpec> specs,
                                         const Topology& topology) {
    ParamReader reader(params, specs);
    std::vector<RegionId> order;
    const auto add = [&](RegionId region) {
        const bool is_new = std::ranges::find(order, region) == order.end();
        if (is_new) order.push_back(region);
        return is_new;
    };
    const auto names = reader.has("order") ? reader.names("order") : std::vector<std::string>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string field = fmt::format("order/{}", i);
        const auto region = topology.find_region(names[i]);
        if (!region) {
            reader.fail(field, no_such_region(names[i], topology));
        } else if (!add(*region)) {
            reader.fail(field, fmt::format("\"{}\" stands twice, remove one", names[i]));
        }
    }
    if (auto read = reader.finish(); !read) return read.error();
    for (const auto& region : topology.regions) add(region.id);
    return order;
}

std::string no_such_region(std::string_view name, const Topology& topology) {
    std::vector<std::string> known;
    for (const auto& region : topology.regions) known.push_back(region.name);
    return not_known(name, "region of the system", known);
}

}  // namespace gameday::routing
