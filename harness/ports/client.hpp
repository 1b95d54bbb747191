// Client: operations of one protocol against one node, from one thread.
//
// The shape is made for the hot path: calls start work, one virtual call per operation reports its
// end, and nothing is allocated in between. Everything of a client happens on the thread that runs
// its io_context; clients share nothing.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gameday {

struct Request {
    Verb verb = Verb::read;
    std::uint32_t key = 0;
    std::uint64_t value = 0;  // write: the unique id to write
    bool operator==(const Request&) const = default;
};

// How one attempt ended. A read is never `unknown`: it changes nothing.
struct Reply {
    Outcome outcome = Outcome::failed;
    Cause cause = Cause::none;
    std::uint64_t value = 0;    // read and ok: the id read, 0 = absent
    std::uint64_t version = 0;  // 0 = not told
    NodeId served_by;           // who the answer says answered; none: nobody, or not told
    bool operator==(const Reply&) const = default;
};

// A request that is not an operation: health checks and probes.
struct Fetch {
    std::string_view method = "GET";
    std::string_view path = "/";
    std::string_view body;
};

struct Page {
    Cause cause = Cause::none;  // none: there was an answer
    unsigned status = 0;
    std::string_view body;  // valid during the call
};

// Who is told how things ended. Never called from inside perform or fetch.
class ReplySink {
 public:
    virtual void on_reply(std::uint64_t tag, const Reply& reply) = 0;
    virtual void on_page(std::uint64_t tag, const Page& page) = 0;

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

    // The same for a page. Texts are copied.
    virtual void fetch(const Fetch& fetch, std::uint64_t tag, Instant now, Instant deadline) = 0;

    // Gives up what is overdue (its replies are delivered from here, and its connections closed).
    // Returns the earliest deadline still pending, Instant::max() when nothing is under way.
    virtual Instant expire(Instant now) = 0;

    // Drops all connections; nothing is reported any more.
    virtual void close() = 0;
};

// What a client is opened with. `sink`, `io` and `topology` outlive it.
struct ClientContext {
    boost::asio::io_context& io;
    const Topology& topology;
    NodeId node;
    Endpoint endpoint;  // the hop of a client region, or the node itself
    ReplySink& sink;
    bool keep_alive = true;  // false: a new connection for every request (checks and probes)
};

struct DriverKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure: `invalid` with all wrong fields, one "<field>: message" a line.
    Result<void> (*check)(const Params&, const Topology&);
    // Opens no connection yet, but resolves the host name of the endpoint if it is one (`failed`).
    Result<std::unique_ptr<Client>> (*open)(const ClientContext&, const Params&);
};

}  // namespace gameday
