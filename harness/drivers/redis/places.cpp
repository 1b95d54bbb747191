#include "harness/drivers/redis/places.hpp"

#include "harness/drivers/common/addresses.hpp"

#include <algorithm>
#include <utility>

namespace gameday::drivers {
namespace {

std::string text_of(const boost::asio::ip::tcp::endpoint& address) {
    return Endpoint{address.address().to_string(), address.port()}.text();
}

Result<RedisPlace> find_node(NodeId id, const Endpoint& endpoint, const Topology& topology) {
    auto addresses = resolve(endpoint);
    if (!addresses) return std::move(addresses).error();
    RedisPlace place{id, std::move(*addresses), {}};
    const bool known = id.index() < topology.nodes.size();
    const Endpoint& own = known ? topology.node(id).endpoint : endpoint;
    place.names = {own.text(), endpoint.text()};
    place.server = own.address;
    // Servers may announce names that lead elsewhere for each who looks them up, and nowhere here.
    if (known) place.names.push_back(Endpoint{topology.node(id).name, own.port}.text());
    if (auto behind = resolve(own)) {
        for (const auto& each : *behind) place.names.push_back(text_of(each));
    }
    return place;
}

// Where clients of the region reach a sentinel: the hop that leads there, or the sentinel itself.
const Endpoint& way_to(const Endpoint& sentinel, RegionId region, const Topology& topology) {
    const auto leads_there = [&](const Link& link) {
        return link.from_clients && link.from_region == region && link.listen &&
               link.target == sentinel;
    };
    const auto link = std::ranges::find_if(topology.links, leads_there);
    return link == topology.links.end() ? sentinel : *link->listen;
}

}  // namespace

Result<RedisTarget> find_redis(const ClientContext& context, RedisPlan plan) {
    const Topology& topology = context.topology;
    RedisTarget target{context.io, std::move(plan), {}, {}, context.foreign_values};
    if (target.plan.tls.on) {
        auto opened = TlsContext::open(target.plan.tls);
        if (!opened) return std::move(opened).error();
        target.tls = std::move(*opened);
    }
    auto own = find_node(context.node, context.endpoint, topology);
    if (!own) return std::move(own).error();
    target.places.push_back(std::move(*own));
    // Who goes around the hops wants this very node, whoever is the master.
    const bool by_sentinels = !target.plan.sentinels.empty() && context.region.known();
    const bool elsewhere = by_sentinels || (target.plan.cluster && context.region.known());
    for (const auto& node : topology.nodes) {
        if (node.id == context.node || !elsewhere) continue;
        auto other =
            find_node(node.id, topology.client_endpoint(context.region, node.id), topology);
        if (!other) return std::move(other).error();
        target.places.push_back(std::move(*other));
    }
    for (const auto& sentinel : target.plan.sentinels) {
        if (!by_sentinels) break;
        auto addresses = resolve(way_to(sentinel, context.region, topology));
        if (!addresses) return std::move(addresses).error();
        for (const auto& each : *addresses) {
            target.sentinels.push_back({sentinel.text(), each, sentinel.address});
        }
    }
    if (target.plan.served_by == RedisPlan::ServedBy::address) {
        add_addresses(target.plan.servers, topology);
    }
    if (target.plan.cluster && !context.region.known()) {
        target.plan.setup.steps.push_back(RedisSetup::Step::replica_reads);
        target.plan.setup.bytes += command_bytes({"READONLY"});
        target.plan.cluster = false;  // a redirect is a refusal: it leads to another node
    }
    return target;
}

std::optional<std::size_t> find_place(const RedisTarget& target, std::string_view name) {
    for (std::size_t i = 0; i < target.places.size(); ++i) {
        const auto& names = target.places[i].names;
        if (std::find(names.begin(), names.end(), name) != names.end()) return i;
    }
    return std::nullopt;
}

}  // namespace gameday::drivers
