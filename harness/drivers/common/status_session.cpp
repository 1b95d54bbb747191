#include "harness/drivers/common/status_session.hpp"

#include <algorithm>
#include <utility>

namespace gameday::drivers {

SessionStatusClient::SessionStatusClient(StatusSink& sink, Compile compile)
    : sink_(sink), compile_(std::move(compile)) {}

SessionStatusClient::~SessionStatusClient() { SessionStatusClient::close(); }

Result<std::size_t> SessionStatusClient::add(const StatusQuestion& question) {
    auto make = compile_(question);
    if (!make) return std::move(make).error();
    questions_.push_back(std::move(*make));
    return questions_.size() - 1;
}

void SessionStatusClient::ask(std::size_t question, std::uint64_t tag, Instant now,
                              Instant deadline) {
    StatusSessionPointer session = questions_.at(question)(*this);
    session->tag = tag;
    session->deadline = deadline;
    session->start(std::max(deadline - now, Duration::zero()));
    busy_.push_back(std::move(session));
}

void SessionStatusClient::on_told(StatusSession& session, const NodeStatus& status) {
    const StatusSessionPointer self(&session);
    std::erase(busy_, self);
    sink_.on_status(session.tag, status);
    session.drop();
}

Instant SessionStatusClient::expire(Instant now) {
    std::vector<StatusSessionPointer> overdue;
    for (const auto& session : busy_) {
        if (session->deadline <= now) overdue.push_back(session);
    }
    for (const auto& session : overdue) {
        if (is_closed_) break;  // by the sink, from within its on_status
        session->drop();
        NodeStatus status;
        status.cause = Cause::timed_out;
        on_told(*session, status);
    }
    Instant next = Instant::max();
    for (const auto& session : busy_) next = std::min(next, session->deadline);
    return next;
}

void SessionStatusClient::close() {
    is_closed_ = true;
    for (const auto& session : busy_) session->drop();
    busy_.clear();
}

}  // namespace gameday::drivers
