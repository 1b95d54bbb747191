#include "harness/app/abilities.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gameday::app {

Able abilities(const Catalog& catalog, const Topology& topology) {
    using Answers = std::map<std::string, Result<void>, std::less<>>;
    return [&catalog, &topology,
            answers = std::make_shared<Answers>()](std::string_view name) -> Result<void> {
        const auto known = answers->find(name);
        if (known != answers->end()) return known->second;
        const auto* kind = find_kind(catalog.devices, name);
        Result<void> answer;
        if (kind == nullptr) {
            answer = Error{ErrorCode::unsupported, "this build does not have it"};
        } else {
            DeviceContext context;
            context.topology = &topology;
            answer = kind->make(context)->ready();
        }
        return answers->emplace(name, std::move(answer)).first->second;
    };
}

}  // namespace gameday::app
