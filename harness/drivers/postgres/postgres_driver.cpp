#include "harness/drivers/common/addresses.hpp"
#include "harness/drivers/common/session_client.hpp"
#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/postgres/plan.hpp"
#include "harness/drivers/postgres/postgres_session.hpp"
#include "harness/ports/status.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {
namespace {

Result<void> check_postgres(const Params& params, const Topology& topology) {
    auto plan = compile_postgres(params, topology);
    if (!plan) return std::move(plan).error();
    return {};
}

Result<void> check_postgres_status(const StatusQuestion& question) {
    auto compiled = compile_postgres_question(question);
    if (!compiled) return std::move(compiled).error();
    return {};
}

// How clients reach a node, and where it listens itself.
struct NodeWay {
    NodeId node;
    Endpoint endpoint, home;
};

// One for each address that the endpoint has. The node's own address is what a certificate names.
Result<void> add_places(std::vector<PostgresPlace>& places, const NodeWay& way,
                        const ConnectWords& words) {
    auto addresses = resolve(way.endpoint);
    if (!addresses) return std::move(addresses).error();
    for (const auto& address : *addresses) {
        ConnectWords all = words;
        all.emplace_back("host", way.home.address);
        all.emplace_back("hostaddr", address.address().to_string());
        all.emplace_back("port", std::to_string(address.port()));
        all.emplace_back("fallback_application_name", "gameday");
        places.push_back({way.node, std::move(all)});
    }
    return {};
}

Result<std::unique_ptr<Client>> open_postgres(const ClientContext& context, const Params& params) {
    auto plan = compile_postgres(params, context.topology);
    if (!plan) return std::move(plan).error();
    auto target = std::make_shared<PostgresTarget>(
        PostgresTarget{context.io, std::move(*plan), {}, context.foreign_values});
    const Topology& topology = context.topology;
    add_addresses(target->plan.servers, topology);
    std::vector<NodeWay> ways{
        {context.node, context.endpoint, topology.node(context.node).endpoint}};
    for (const auto& node : topology.nodes) {
        // Who goes around the hops wants this very node.
        if (!target->plan.any_host || node.id == context.node || !context.region.known()) continue;
        ways.push_back({node.id, topology.client_endpoint(context.region, node.id), node.endpoint});
    }
    for (const auto& way : ways) {
        auto added = add_places(target->places, way, target->plan.words);
        if (!added) return std::move(added).error();
    }
    return std::unique_ptr<Client>(
        std::make_unique<SessionClient>(context.sink, [target](SessionOwner& owner) {
            return SessionPointer(new PostgresSession(*target, owner));
        }));
}

struct AskedQuestion {
    PostgresQuestion question;
    std::vector<PostgresPlace> places;
};

// A probe has no load: its words are its own. Those of a question go before those of a load.
Result<std::unique_ptr<StatusClient>> open_postgres_status(const StatusContext& context,
                                                           const Params& params) {
    std::vector<PostgresPlace> places;
    const Endpoint& home = context.home.address.empty() ? context.endpoint : context.home;
    auto added = add_places(places, {context.node, context.endpoint, home}, connect_words(params));
    if (!added) return std::move(added).error();
    auto compile = [&io = context.io, places = std::move(places)](
                       const StatusQuestion& question) -> Result<SessionStatusClient::Make> {
        auto compiled = compile_postgres_question(question);
        if (!compiled) return std::move(compiled).error();
        auto asked = std::make_shared<AskedQuestion>(AskedQuestion{std::move(*compiled), places});
        // Of a keyword that stands twice libpq takes the last.
        for (auto& place : asked->places) {
            place.words.insert(place.words.end(), asked->question.words.begin(),
                               asked->question.words.end());
        }
        return SessionStatusClient::Make([&io, asked](StatusSessionOwner& owner) {
            return StatusSessionPointer(
                new PostgresStatusSession(io, asked->question, asked->places, owner));
        });
    };
    return std::unique_ptr<StatusClient>(
        std::make_unique<SessionStatusClient>(context.sink, std::move(compile)));
}

}  // namespace

extern const DriverKind postgres{"postgres",
                                 "PostgreSQL by libpq: statements with places for key and value",
                                 postgres_params,
                                 check_postgres,
                                 open_postgres,
                                 postgres_health_params,
                                 postgres_role_params,
                                 check_postgres_status,
                                 open_postgres_status,
                                 {},
                                 postgres_health_query,
                                 postgres_primary_query};

}  // namespace gameday::drivers
