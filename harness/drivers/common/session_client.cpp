#include "harness/drivers/common/session_client.hpp"

#include <algorithm>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::size_t idle_sessions_max = 64;  // a stall opens many; few are kept after it

}  // namespace

SessionClient::SessionClient(ReplySink& sink, Make make) : sink_(sink), make_(std::move(make)) {}

SessionClient::~SessionClient() { SessionClient::close(); }

// An idle session that is not known to be dead, else a new one.
SessionPointer SessionClient::take() {
    while (!idle_.empty()) {
        SessionPointer session = std::move(idle_.back());
        idle_.pop_back();
        if (!session->is_stale()) return session;
        session->drop();
    }
    return make_(*this);
}

void SessionClient::perform(const Request& request, std::uint64_t tag, Instant now,
                            Instant deadline) {
    const Duration patience = std::max(deadline - now, Duration::zero());
    SessionPointer session = take();
    while (!session->start(request, patience)) {
        // It died while idle and nothing was sent. A new one connects first, so it cannot.
        session->drop();
        session = make_(*this);
    }
    session->tag = tag;
    session->verb = request.verb;
    session->deadline = deadline;
    session->slot = busy_.size();
    busy_.push_back(std::move(session));
}

SessionPointer SessionClient::release(Session& session) {
    const std::size_t slot = session.slot;
    SessionPointer self = std::move(busy_[slot]);
    if (slot + 1 != busy_.size()) {
        busy_[slot] = std::move(busy_.back());
        busy_[slot]->slot = slot;
    }
    busy_.pop_back();
    return self;
}

void SessionClient::on_ended(Session& session, const Reply& reply, bool reusable) {
    const SessionPointer self = release(session);
    const std::uint64_t tag = session.tag;
    if (!reusable) drop_idle();
    // The reply may refer to what the session holds: the sink reads it before it is used again.
    sink_.on_reply(tag, reply);
    if (reusable && !is_closed_ && idle_.size() < idle_sessions_max) {
        idle_.push_back(self);
    } else {
        self->drop();
    }
}

void SessionClient::drop_idle() {
    for (auto& session : idle_) session->drop();
    idle_.clear();
}

Instant SessionClient::expire(Instant now) {
    std::vector<SessionPointer> overdue;
    for (const auto& session : busy_) {
        if (session->deadline <= now) overdue.push_back(session);
    }
    if (!overdue.empty()) drop_idle();
    for (const auto& session : overdue) {
        if (is_closed_) break;  // by the sink, from within its on_reply
        release(*session);
        const bool in_doubt = session->drop() && session->verb == Verb::write;
        Reply reply;
        reply.outcome = in_doubt ? Outcome::unknown : Outcome::failed;
        reply.cause = Cause::timed_out;
        sink_.on_reply(session->tag, reply);
    }
    Instant next = Instant::max();
    for (const auto& session : busy_) next = std::min(next, session->deadline);
    return next;
}

void SessionClient::close() {
    is_closed_ = true;
    for (auto& session : busy_) session->drop();
    busy_.clear();
    drop_idle();
}

}  // namespace gameday::drivers
