// StatusSession: one question to one node on a connection of its own, and SessionStatusClient: the
// StatusClient of a driver that has them.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/status.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace gameday::drivers {

class StatusSession;

// Who is told of answers. Never called from inside start() or drop().
class StatusSessionOwner {
 public:
    virtual void on_told(StatusSession& session, const NodeStatus& status) = 0;

 protected:
    ~StatusSessionOwner() = default;
};

// Counted as a Session is.
class StatusSession
    : public boost::intrusive_ref_counter<StatusSession, boost::thread_unsafe_counter> {
 public:
    virtual ~StatusSession() = default;
    // Connects and asks: the addresses in turn, where there are several, each at most for its even
    // share of `patience`.
    virtual void start(Duration patience) = 0;
    virtual void drop() = 0;  // closes, and reports nothing any more

    // For the owner.
    std::uint64_t tag = 0;
    Instant deadline{};
};

using StatusSessionPointer = boost::intrusive_ptr<StatusSession>;

class SessionStatusClient final : public StatusClient, private StatusSessionOwner {
 public:
    // Makes a session that will ask one compiled question.
    using Make = std::function<StatusSessionPointer(StatusSessionOwner&)>;
    // Pure: `invalid` as DriverKind::check_status has it.
    using Compile = std::function<Result<Make>(const StatusQuestion&)>;

    SessionStatusClient(StatusSink& sink, Compile compile);
    ~SessionStatusClient();
    SessionStatusClient(const SessionStatusClient&) = delete;
    SessionStatusClient& operator=(const SessionStatusClient&) = delete;

    Result<std::size_t> add(const StatusQuestion& question) override;
    void ask(std::size_t question, std::uint64_t tag, Instant now, Instant deadline) override;
    Instant expire(Instant now) override;
    void close() override;

 private:
    void on_told(StatusSession& session, const NodeStatus& status) override;

    StatusSink& sink_;
    Compile compile_;
    std::vector<Make> questions_;
    std::vector<StatusSessionPointer> busy_;
    bool is_closed_ = false;
};

}  // namespace gameday::drivers
