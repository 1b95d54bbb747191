// Client: operations of one protocol against one node, from one thread.
//
// The shape is made for the hot path: calls start work, one virtual call per operation reports its
// end, and nothing is allocated in between. Everything of a client happens on the thread that runs
// its io_context; clients share nothing.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/status.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct Request {
    Verb verb = Verb::read;
    std::uint64_t key =
        0;  // the number that names it: with the run id in it, but for existing keys
    std::uint64_t value = 0;  // write: the unique id to write
    bool operator==(const Request&) const = default;
};

// How one attempt ended. A read is never `unknown`: it changes nothing.
struct Reply {
    Outcome outcome = Outcome::failed;
    Cause cause = Cause::none;
    std::uint64_t value = 0;    // read and ok: the id read, 0 = absent
    std::uint64_t version = 0;  // 0 = not told
    NodeId served_by;           // who the answer says answered; none: nobody, or not told;
                                // unrecognised_node: somebody who is no node
    bool says_absent = false;   // read and ok: the answer itself says that there is no such key
    // Valid during the call.
    std::string_view sample{};  // the answer's body; "" when there is none
    std::string_view detail{};  // why it is not ok: "HTTP 503", "/value is missing"; "" when it is
    bool operator==(const Reply&) const = default;
};

// Something that a client did on the way and a reader of the report must know: "3 requests …".
struct ClientNote {
    std::string what;
    std::uint64_t count = 0;
};

// Who is told how operations ended. Never called from inside perform.
class ReplySink {
 public:
    virtual void on_reply(std::uint64_t tag, const Reply& reply) = 0;

 protected:
    ~ReplySink() = default;
};

class Client {
 public:
    virtual ~Client() = default;

    // Starts an operation; the sink hears of `tag` exactly once, unless the client is closed first.
    // Operations do not wait for each other: a busy connection means another connection, and the
    // caller bounds how many are under way. Past `deadline` the next expire() gives it up.
    virtual void perform(const Request& request, std::uint64_t tag, Instant now,
                         Instant deadline) = 0;

    // Gives up what is overdue (its replies are delivered from here, and its connections closed).
    // Returns the earliest deadline still pending, Instant::max() when nothing is under way.
    virtual Instant expire(Instant now) = 0;

    // Drops all connections; nothing is reported any more.
    virtual void close() = 0;

    [[nodiscard]] virtual std::vector<ClientNote> notes() const { return {}; }
};

// What a client is opened with. `sink`, `io` and `topology` outlive it.
struct ClientContext {
    boost::asio::io_context& io;
    const Topology& topology;
    NodeId node;
    Endpoint endpoint;  // the hop of a client region, or the node itself
    ReplySink& sink;
    bool foreign_values = false;  // a value may be no number: others wrote it (keys.existing)
    RegionId region{};            // of the clients; none: it goes around the hops
};

// What a status client is opened with. `sink` and `io` outlive it.
struct StatusContext {
    boost::asio::io_context& io;
    NodeId node;
    Endpoint endpoint;  // the hop of a client region, or the node itself
    StatusSink& sink;
    Endpoint home{};  // where the node itself listens; no address: it is `endpoint`
};

struct DriverKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure: `invalid` with all wrong fields, one "<field>: message" a line.
    Result<void> (*check)(const Params&, const Topology&);
    // Opens no connection yet, but resolves the host name of the endpoint if it is one (`failed`).
    Result<std::unique_ptr<Client>> (*open)(const ClientContext&, const Params&);
    // The parameters of a StatusQuestion, by its subject.
    std::span<const ParamSpec> health_params, role_params;
    // As `check`, of the parameters of a question.
    Result<void> (*check_status)(const StatusQuestion&);
    // As `open`. The parameters are those of a load, or none: of a probe, which has no load.
    Result<std::unique_ptr<StatusClient>> (*open_status)(const StatusContext&, const Params&);
    // The parameter of `read` that says where an answer has the value: without it there is no
    // ledger. "": reads always tell.
    std::string_view value_place{};
    // What a route asks by unless it says so (`check_path`, `primary_path`); "" there: it asks
    // nothing.
    std::string_view health_path = "/health", primary_path = "/primary";
    // Parameters that only the running system can tell, asked of it once before the load begins,
    // at most for so long: the parameters with these in them. `refused` when it does not tell them,
    // with what to write instead. Null: there are none.
    Result<Params> (*learn)(const Params&, const Topology&, Duration patience) = nullptr;

    [[nodiscard]] std::span<const ParamSpec> status_params(StatusSubject subject) const {
        return subject == StatusSubject::role ? role_params : health_params;
    }
};

}  // namespace gameday
