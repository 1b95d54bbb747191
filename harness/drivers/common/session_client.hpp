// SessionClient: a Client that is a pool of sessions to one place.
//
// At most 64 idle sessions are kept, and the one used last is used next; there are as many busy
// ones as operations under way. One failure of a connection casts doubt on every idle one: they are
// closed, and the next operations open new ones.
#pragma once

#include "harness/drivers/common/session.hpp"

#include <functional>
#include <vector>

namespace gameday::drivers {

class SessionClient final : public Client, private SessionOwner {
 public:
    // Makes a session that is not connected yet; the owner outlives it until drop().
    using Make = std::function<SessionPointer(SessionOwner&)>;

    SessionClient(ReplySink& sink, Make make);
    ~SessionClient();
    SessionClient(const SessionClient&) = delete;
    SessionClient& operator=(const SessionClient&) = delete;

    void perform(const Request& request, std::uint64_t tag, Instant now, Instant deadline) override;
    Instant expire(Instant now) override;
    void close() override;

 private:
    SessionPointer take();
    SessionPointer release(Session& session);
    void drop_idle();
    void on_ended(Session& session, const Reply& reply, bool reusable) override;

    ReplySink& sink_;
    Make make_;
    std::vector<SessionPointer> idle_;  // the last one was used last
    std::vector<SessionPointer> busy_;  // a session knows its index
    bool is_closed_ = false;
};

}  // namespace gameday::drivers
