// PlaceReads: single keys of one load, read at single places: what the checks before the faults,
// the reading of survivors and the reading back share. Everything happens on the thread that runs
// the io_context and calls it.
#pragma once

#include "harness/load/plan.hpp"
#include "harness/ports/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace gameday::load {

inline constexpr std::uint32_t reads_each_max = 16;  // under way at one place

// Where keys are read: a node, and the endpoint at which it is reached.
struct Place {
    NodeId node;
    Endpoint endpoint;
    ClientId reader;
};

// Each node at its own endpoint, around the hops, by the client that reads in its region.
std::vector<Place> direct_places(const Topology& topology, const std::vector<ClientId>& readers);

class PlaceReads final : private ReplySink {
 public:
    // How a read ended; valid during the call.
    struct Ended {
        const Operation& read;
        std::size_t place;
        const Reply& reply;
    };
    using Told = std::function<void(const Ended&)>;

    struct Setting {
        boost::asio::io_context& io;
        const LoadPlan& plan;
        const Topology& topology;
        const SteadyClock& clock;
    };
    // All that the setting names outlives it.
    PlaceReads(const Setting& setting, std::vector<Place> places, Told told);

    Result<void> open();
    void read(std::size_t place, std::uint32_t key, Phase phase, Instant now);
    void expire(Instant now);
    void close();

    [[nodiscard]] const std::vector<Place>& places() const { return places_; }
    [[nodiscard]] std::uint32_t in_flight(std::size_t place) const { return in_flight_[place]; }
    // A read at that place, not sent yet.
    [[nodiscard]] Operation blank(std::size_t place, std::uint32_t key, Phase phase,
                                  Instant now) const;

 private:
    struct Slot {
        Operation read;
        std::size_t place = 0;
    };
    void on_reply(std::uint64_t tag, const Reply& reply) override;

    Setting setting_;
    std::vector<Place> places_;
    Told told_;
    std::vector<std::unique_ptr<Client>> clients_;  // by place
    std::vector<std::uint32_t> in_flight_;
    std::vector<Slot> slots_;  // under way; the tag of a read is the index
    std::vector<std::uint32_t> free_;
};

}  // namespace gameday::load
