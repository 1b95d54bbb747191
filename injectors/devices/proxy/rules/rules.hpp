// The proxy's mind: what becomes of a new connection and of each chunk of bytes. Pure; the body
// (flow, connection, hop) asks and obeys.
//
// Several faults may have a rule on one link. They compose: delays add, the smallest rate wins, any
// cut wins. Of the cuts on a new connection the rudest wins: refuse, reset, blackhole.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/random.hpp"
#include "harness/base/time.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "injectors/devices/proxy/http/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace gameday::devices::proxy {

// The rule of one fault on one link. Connections of a link are numbered as they are accepted; those
// from `first_fresh` on came after the rule.
struct FaultRule {
    FaultId id;
    Rule rule;
    std::uint64_t first_fresh = 0;
    Instant since{};                                 // when it came into force
    std::shared_ptr<const http::ArmedFault> http{};  // of rule.http
    std::map<std::uint64_t, Duration> strikes{};  // a storm's: which connections get RST, how late
    bool operator==(const FaultRule&) const = default;
};

// Everything in force on one link: at most one rule a fault, in order of fault ids.
using LinkRules = std::vector<FaultRule>;

// Whether the rule's scope holds the connection of that number, and its share, too.
bool meets(const FaultRule& rule, std::uint64_t connection);

// Whether the fault does anything to the connection of that number, which has been accepted: a
// refusal does not, a storm only to those that it has chosen, and one of TLS to handshakes alone.
bool touches(const FaultRule& rule, std::uint64_t connection);

// Whether a rule for `rule` acts on bytes that go `way` (to or from).
bool covers(Direction rule, Direction way);

struct Delay {
    Duration delay{}, jitter{};
    bool operator==(const Delay&) const = default;
};

// What all faults together do to the bytes of one connection in one direction.
struct FlowRule {
    std::vector<Delay> delays;
    std::int64_t rate = 0;                  // bytes per second of the whole link, 0 = no limit
    std::int64_t own_rate = 0;              // of the connection, 0 = no limit
    bool hold = false;                      // black hole: nothing leaves
    bool discard = false;                   // what arrives goes nowhere
    std::int64_t slice = 0, variation = 0;  // see Rule; the smallest of several
    Duration gap{};
    std::int64_t limit = -1;              // the smallest of several
    Duration end_delay{};                 // of FIN and of ends that faults make; the sum of several
    std::optional<Duration> reset_after;  // the smallest of several
    std::vector<FaultId> by;  // whose bite a chunk proves; of several rates only the smallest bites

    [[nodiscard]] bool plain() const { return by.empty(); }
    bool operator==(const FlowRule&) const = default;
};

// The rules of a link as one connection meets them in one direction (to or from).
FlowRule compose(const LinkRules& rules, Direction way, std::uint64_t connection);

// When a rule ends a whole connection, and how; the earliest of several.
struct Ending {
    Instant at;
    bool reset = false;
    std::vector<FaultId> by;
    bool operator==(const Ending&) const = default;
};
std::optional<Ending> ending(const LinkRules& rules, std::uint64_t connection, Instant accepted);

// The faults that HTTP requests of a connection meet.
http::ArmedFaults http_faults(const LinkRules& rules, std::uint64_t connection);

// The fault that a connection's handshake with the client meets, the first of several.
struct TlsFault {
    tls::Fault fault{};
    FaultId by;
    bool operator==(const TlsFault&) const = default;
};
std::optional<TlsFault> tls_fault(const LinkRules& rules, std::uint64_t connection);

// What becomes of a connection that has not been dialled yet.
struct Admission {
    enum class Answer : std::uint8_t { pass, hold, reset } answer = Answer::pass;
    Direction direction = Direction::both;  // of a reset
    std::vector<FaultId> by;
    bool operator==(const Admission&) const = default;
};
Admission admit(const LinkRules& rules, std::uint64_t connection);

// Whether a black hole keeps a connection that has been accepted from being dialled.
bool holds(const LinkRules& rules, std::uint64_t connection);

// Whether the listener must be closed.
bool refuses(const LinkRules& rules);

// The faults that half-close a new connection in one direction.
std::vector<FaultId> half_closes(const LinkRules& rules, Direction way, std::uint64_t connection);

// When a chunk that arrives `now` may leave at the earliest: now plus every delay, each with its
// own draw of jitter, but never before the chunk ahead of it. `draw` gives numbers uniform in [0,
// 1).
Instant stamp(const FlowRule& rule, Instant now, Instant previous,
              const std::function<double()>& draw);

// A chunk that waits its turn. `due` is from `stamp`; an end of stream has no bytes.
struct Chunk {
    Instant due;
    std::size_t bytes = 0;
    bool operator==(const Chunk&) const = default;
};

struct Decision {
    bool wait = false;      // until the rule changes
    Instant at{};           // else: `bytes` of the chunk leave then, at once if that has passed
    std::size_t bytes = 0;  // at most the chunk's; less under a rate, so that it flows evenly
    bool operator==(const Decision&) const = default;
};

// When the link, and the connection on its own, have carried all that was granted before.
struct Free {
    Instant link, own;
};

// What becomes of the chunk at the head of a queue. Under a rate a slice leaves when its last byte
// has been carried, so the caller makes `at` the new `free` of each rate there is. Time that stood
// idle is not saved up, except that a late caller may catch up at most 200 ms.
Decision decide(const FlowRule& rule, const Chunk& chunk, Instant now, const Free& free);

// The length of the next piece of what is left of a chunk; all of it when chunks are not cut.
std::size_t piece(const FlowRule& rule, std::size_t left, const std::function<double()>& draw);

// How many bytes go at a time under a rate, and how long so many take.
std::size_t slice_bytes(std::int64_t rate);
Duration carrying_time(std::size_t bytes, std::int64_t rate);

// How many bytes a direction may hold before it stops reading its source. With no rule nothing is
// read while anything waits; a delay needs room for what is under way: 8 MiB carry 80 MB/s at 100
// ms.
std::size_t queue_limit(const FlowRule& rule);

}  // namespace gameday::devices::proxy
