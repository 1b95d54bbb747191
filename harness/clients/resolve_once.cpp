// resolve_once: clients that follow their route at once, over addresses that do not change.
//
// Each operation goes where the route leads when it is due. Names of endpoints are looked up when
// the load opens its clients, before the first operation, and the addresses are kept for the run.
#include "harness/ports/client_behaviour.hpp"

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
