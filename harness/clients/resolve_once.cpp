#include "harness/clients/resolve_once.hpp"

namespace gameday::clients {

namespace {

ClientAnswer follow_route(const ClientQuestion& question) {
    return {question.route(question.asked), question.before};
}

Result<ClientBehaviour> resolve_once_behaviour(const Params& params) {
    const ParamReader reader(params, {});
    if (auto read = reader.finish(); !read) return read.error();
    return ClientBehaviour(follow_route);
}

}  // namespace

extern const ClientBehaviourKind resolve_once{
    "resolve_once",
    "each operation goes where the route leads; names are looked up once, before the load",
    {},
    resolve_once_behaviour};

}  // namespace gameday::clients
