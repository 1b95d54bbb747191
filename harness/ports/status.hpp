// Status: what a node says of itself when a driver asks it in its protocol's own way.
//
// The health checks of routes and the probes ask. A question is no operation: it reads no key and
// changes nothing.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gameday {

// health: whether the node serves. role: besides, which role it has, in which term, with which lag.
enum class StatusSubject : std::uint8_t { health, role };

struct StatusQuestion {
    StatusSubject subject = StatusSubject::health;
    Params params{};  // how to ask and what a good answer is, read by the driver
    bool operator==(const StatusQuestion&) const = default;
};

// What a route asks each node: whether it is healthy, and whether it takes writes. Its fields
// `check_path` and `check_expect`, or `primary_path` and `primary_expect`, become the parameters
// `path` and `expect`; `check_headers` become `headers` of both. What is empty is left out. Nothing
// where the route does not ask.
std::optional<StatusQuestion> health_question(const RouteSpec& route);
std::optional<StatusQuestion> primary_question(const RouteSpec& route);

struct NodeStatus {
    Cause cause = Cause::none;      // none: there was an answer
    bool good = false;              // the answer is what the question expects
    Role role = Role::unknown;      // primary or replica, where a good answer tells it
    std::uint64_t term = 0;         // 0: not told
    std::optional<Duration> lag{};  // as the node itself says; none: not told
    std::string_view detail{};      // why it is not good: "HTTP 503", …; valid during the call
    bool operator==(const NodeStatus&) const = default;
};

// Who is told of answers. Never called from inside StatusClient::ask.
class StatusSink {
 public:
    virtual void on_status(std::uint64_t tag, const NodeStatus& status) = 0;

 protected:
    ~StatusSink() = default;
};

// Asks one node for its status, each time on a new connection, as a newcomer would. Everything of
// it happens on the thread that runs its io_context.
class StatusClient {
 public:
    virtual ~StatusClient() = default;

    // Declares a question before anything is asked; it is asked by its number, from 0 on. Fails as
    // DriverKind::check_status does.
    virtual Result<std::size_t> add(const StatusQuestion& question) = 0;

    // The sink hears of `tag` exactly once, unless the client is closed first. Past `deadline` the
    // next expire() gives the question up.
    virtual void ask(std::size_t question, std::uint64_t tag, Instant now, Instant deadline) = 0;

    // Gives up what is overdue, which is reported from here. Returns the earliest deadline still
    // pending, Instant::max() when nothing is under way.
    virtual Instant expire(Instant now) = 0;

    // Drops all connections; nothing is reported any more.
    virtual void close() = 0;
};

}  // namespace gameday
