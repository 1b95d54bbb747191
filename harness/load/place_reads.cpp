#include "harness/load/place_reads.hpp"

#include <utility>

namespace gameday::load {

std::vector<Place> direct_places(const Topology& topology, const std::vector<ClientId>& readers) {
    std::vector<Place> places;
    for (const auto& node : topology.nodes) {
        places.push_back({node.id, node.endpoint, readers[node.region.index()]});
    }
    return places;
}

PlaceReads::PlaceReads(const Setting& setting, std::vector<Place> places, Told told)
    : setting_(setting),
      places_(std::move(places)),
      told_(std::move(told)),
      in_flight_(places_.size()) {}

Result<void> PlaceReads::open() {
    for (const auto& place : places_) {
        const ClientContext context{setting_.io, setting_.topology,
                                    place.node,  place.endpoint,
                                    *this,       setting_.plan.spec.keys.existing};
        auto client = setting_.plan.driver->open(context, setting_.plan.spec.driver_params);
        if (!client) {
            return std::move(client).error().within("reading from " +
                                                    setting_.topology.node_name(place.node));
        }
        clients_.push_back(std::move(*client));
    }
    return {};
}

Operation PlaceReads::blank(std::size_t place, std::uint32_t key, Phase phase, Instant now) const {
    Operation read;
    read.key = key;
    read.scheduled = read.invoked = read.completed = now;
    read.node = places_[place].node;
    read.client = places_[place].reader;
    read.verb = Verb::read;
    read.outcome = Outcome::failed;
    read.phase = phase;
    return read;
}

void PlaceReads::read(std::size_t place, std::uint32_t key, Phase phase, Instant now) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t tag = free_.back();
    free_.pop_back();
    slots_[tag] = {blank(place, key, phase, now), place};
    ++in_flight_[place];
    clients_[place]->perform(Request{Verb::read, setting_.plan.name_of(key), 0}, tag, now,
                             now + setting_.plan.spec.timeout);
}

void PlaceReads::expire(Instant now) {
    for (auto& client : clients_) client->expire(now);
}

void PlaceReads::close() {
    for (auto& client : clients_) client->close();
}

void PlaceReads::on_reply(std::uint64_t tag, const Reply& reply) {
    auto [read, place] = slots_[tag];
    free_.push_back(static_cast<std::uint32_t>(tag));
    --in_flight_[place];
    read.completed = setting_.clock.now();
    read.outcome = reply.outcome;
    read.cause = reply.cause;
    read.value = setting_.plan.seen(reply.value);
    read.version = reply.version;
    read.served_by = reply.served_by;
    told_({read, place, reply});
}

}  // namespace gameday::load
