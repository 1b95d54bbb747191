// Engine: the part of a node that decides. It has no socket, no clock and no thread: the node gives
// it events and the time, and carries out what it asks for. Tests drive it in simulated time.
#pragma once

#include "examples/regions/disk.hpp"
#include "examples/regions/message.hpp"
#include "examples/regions/settings.hpp"
#include "harness/base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gameday::regions {

// A client's request. `id` is the node's own and unique in its process.
struct Request {
    std::uint64_t id = 0;
    bool write = false;
    std::string key, value;
    std::uint64_t wall_us = 0;  // wall clock, microseconds since 1970; orders last_write_wins
};

enum class Status : std::uint8_t {
    ok,
    absent,     // a read found nothing
    refused,    // known not to have been done
    uncertain,  // may have been done, or may be done later
};

struct Answer {
    std::uint64_t id = 0;
    Status status = Status::refused;
    std::uint64_t version = 0;
    std::string value;
    Peer server = 0;  // who served the read or committed the write
};

struct Envelope {
    Peer to = 0;
    Message message;
};

struct Effects {
    std::vector<Envelope> messages;
    std::vector<Answer> answers;
};

// What a node says of itself.
struct View {
    bool primary = false;  // may acknowledge writes at this moment
    bool healthy = false;  // knows a primary that is in contact, so that requests make sense here
    Term term = 0;
    Index index = 0;  // of the newest write that reads see
    Duration lag{};   // since this node was last known to hold all that the primary had
    std::optional<Peer> leader;
};

class Engine {
 public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;

    virtual void tick(Instant now) = 0;  // every 10 ms or so
    virtual void receive(Peer from, const Message& message, Instant now) = 0;
    virtual void submit(const Request& request, Instant now) = 0;
    // A message that settle() gave out could not be sent.
    virtual void undelivered(const Message& message) = 0;
    // What is to be sent now. To be called after each event with the clock read anew: a process
    // that was stopped in between must not acknowledge on a lease that ran out meanwhile.
    virtual Effects settle(Instant now) = 0;
    [[nodiscard]] virtual View view(Instant now) const = 0;
};

// The engine for these settings, for node `self`. The disk must outlive it.
std::unique_ptr<Engine> make_engine(const Settings& settings, Peer self, Recovered found,
                                    Disk& disk, Instant now);

}  // namespace gameday::regions
