// PostgresSession: the Session of the postgres driver. PostgresStatusSession: one question.
#pragma once

#include "harness/drivers/common/session.hpp"
#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/postgres/dialler.hpp"
#include "harness/drivers/postgres/plan.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <string>
#include <vector>

namespace gameday::drivers {

// What the sessions of a client share; it outlives them.
struct PostgresTarget {
    boost::asio::io_context& io;
    PostgresPlan plan;
    std::vector<PostgresPlace> places;  // in the order in which they are tried
    bool foreign_values = false;
};

class PostgresSession final : public Session {
 public:
    PostgresSession(const PostgresTarget& target, SessionOwner& owner)
        : target_(target), owner_(owner), dialler_(new PostgresDialler(target.io, target.places)) {}

    bool start(const Request& request, Duration patience) override;
    [[nodiscard]] bool is_stale() override { return dialler_->link().is_stale(); }
    bool drop() override;

 private:
    void on_opened(const ServerAnswer& answer);
    void on_identity(const ServerAnswer& answer);
    void send();
    void end(const Reply& reply, bool reusable);

    const PostgresTarget& target_;
    SessionOwner& owner_;
    boost::intrusive_ptr<PostgresDialler> dialler_;
    NodeId served_by_;
    std::string text_, words_;
    bool dialled_ = false, sent_ = false;
};

class PostgresStatusSession final : public StatusSession {
 public:
    // `question` and the places outlive it.
    PostgresStatusSession(boost::asio::io_context& io, const PostgresQuestion& question,
                          const std::vector<PostgresPlace>& places, StatusSessionOwner& owner)
        : dialler_(new PostgresDialler(io, places)), question_(question), owner_(owner) {}

    void start(Duration patience) override;
    void drop() override { dialler_->drop(); }

 private:
    void tell(const NodeStatus& status);

    boost::intrusive_ptr<PostgresDialler> dialler_;
    const PostgresQuestion& question_;
    StatusSessionOwner& owner_;
    std::string detail_;
};

}  // namespace gameday::drivers
