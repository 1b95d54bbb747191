// Session: one connection of a protocol that carries one operation at a time, by callbacks.
//
// A driver whose protocol has connections derives one, and SessionClient makes a Client of them. A
// session that failed in any way is never used again. Counted by a plain (single-threaded)
// reference: pending handlers hold one, so a dropped session lives until they have run.
#pragma once

#include "harness/ports/client.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>

namespace gameday::drivers {

class Session;

// Who is told how operations of sessions ended. Never called from inside start() or drop().
class SessionOwner {
 public:
    // `reusable`: the connection may carry another operation.
    virtual void on_ended(Session& session, const Reply& reply, bool reusable) = 0;

 protected:
    ~SessionOwner() = default;
};

class Session : public boost::intrusive_ref_counter<Session, boost::thread_unsafe_counter> {
 public:
    virtual ~Session() = default;

    // Starts an operation, and connects first if need be: to the addresses in turn, where there
    // are several, each at most for its even share of `patience`. False: the connection turned out
    // to be dead before a byte of the operation left; nothing will be reported.
    virtual bool start(const Request& request, Duration patience) = 0;

    // Whether an idle connection was closed or written to by the other side meanwhile.
    [[nodiscard]] virtual bool is_stale() = 0;

    // Closes, and reports nothing any more. Returns whether a byte of the operation under way may
    // have left.
    virtual bool drop() = 0;

    // For the owner: what is under way.
    std::uint64_t tag = 0;
    Verb verb = Verb::read;
    Instant deadline{};
    std::size_t slot = 0;
};

using SessionPointer = boost::intrusive_ptr<Session>;

}  // namespace gameday::drivers
