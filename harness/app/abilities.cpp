#include "harness/app/abilities.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gameday::app {

DeviceCheck abilities(const Catalog& catalog, const Topology& topology) {
    using Answers = std::map<std::string, Result<std::string>, std::less<>>;
    return [&catalog, &topology,
            answers = std::make_shared<Answers>()](std::string_view name) -> Result<std::string> {
        const auto known = answers->find(name);
        if (known != answers->end()) return known->second;
        const auto* kind = find_kind(catalog.devices, name);
        Result<std::string> answer;
        if (kind == nullptr) {
            answer = unsupported("this build does not have it");
        } else {
            // The proxy would open a hop for each link: too much for a question.
            Topology no_links = topology;
            no_links.links.clear();
            DeviceContext context;
            context.topology = &no_links;
            const auto device = kind->make(context);
            auto ready = device->ready();
            answer = ready ? Result<std::string>(device->remark()) : ready.error();
        }
        return answers->emplace(name, std::move(answer)).first->second;
    };
}

}  // namespace gameday::app
