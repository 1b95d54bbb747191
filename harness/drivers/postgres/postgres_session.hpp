// PostgresSession: the Session of the postgres driver. PostgresStatusSession: one question.
#pragma once

#include "harness/drivers/common/session.hpp"
#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/postgres/link.hpp"
#include "harness/drivers/postgres/plan.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <memory>
#include <string>
#include <vector>

namespace gameday::drivers {

// A place to connect to: the words that lead there, and whose it is.
struct PostgresPlace {
    NodeId node;
    ConnectWords words;
};

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
        : target_(target), owner_(owner) {}

    bool start(const Request& request, Duration patience) override;
    [[nodiscard]] bool is_stale() override { return link_->is_stale(); }
    bool drop() override;

 private:
    void knock();
    void on_opened(const ServerAnswer& answer);
    void pass_over(const ServerAnswer& answer);
    void send();
    void end(const Reply& reply, bool reusable);

    const PostgresTarget& target_;
    SessionOwner& owner_;
    boost::intrusive_ptr<PostgresLink> link_;
    std::size_t place_ = 0;
    Duration left_{};  // of the patience, for places that were not tried yet
    std::unique_ptr<boost::asio::steady_timer> knocking_;  // only where another place follows
    NodeId served_by_;
    std::string text_, words_;
    bool sent_ = false;
};

class PostgresStatusSession final : public StatusSession {
 public:
    // `question` and the words outlive it.
    PostgresStatusSession(boost::asio::io_context& io, const PostgresQuestion& question,
                          const ConnectWords& words, StatusSessionOwner& owner)
        : link_(new PostgresLink(io)), question_(question), words_(words), owner_(owner) {}

    void start() override;
    void drop() override { link_->drop(); }

 private:
    void tell(const NodeStatus& status);

    boost::intrusive_ptr<PostgresLink> link_;
    const PostgresQuestion& question_;
    const ConnectWords& words_;
    StatusSessionOwner& owner_;
    std::string detail_;
};

}  // namespace gameday::drivers
