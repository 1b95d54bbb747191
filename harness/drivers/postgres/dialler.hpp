// PostgresDialler: makes a link to the first of some places that takes the connection.
//
// Counted as a link is.
#pragma once

#include "harness/base/time.hpp"
#include "harness/drivers/postgres/link.hpp"
#include "harness/drivers/postgres/plan.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace gameday::drivers {

// A place to connect to: the words that lead there, and whose it is.
struct PostgresPlace {
    NodeId node;
    ConnectWords words;
};

class PostgresDialler final
    : public boost::intrusive_ref_counter<PostgresDialler, boost::thread_unsafe_counter> {
 public:
    // Never called from inside dial(). Well: link() is open, and place() is where it leads to.
    // Else what the last place said.
    using Done = std::function<void(const ServerAnswer&)>;

    // The places outlive it, until drop().
    PostgresDialler(boost::asio::io_context& io, const std::vector<PostgresPlace>& places)
        : io_(io), places_(places), timer_(io) {}

    // The places are tried in turn, each at most for its even share of `patience`, the last one
    // without a bound.
    void dial(Duration patience, Done done);
    // Closes; nothing is told any more.
    void drop();

    [[nodiscard]] PostgresLink& link() const { return *link_; }
    [[nodiscard]] const PostgresPlace& place() const { return places_[tried_]; }

 private:
    void knock();
    void on_knocked(const ServerAnswer& answer);
    void end(const ServerAnswer& answer);

    boost::asio::io_context& io_;
    const std::vector<PostgresPlace>& places_;
    boost::asio::steady_timer timer_;
    boost::intrusive_ptr<PostgresLink> link_;
    Done done_;
    Duration left_{};  // of the patience, for places that were not tried yet
    std::size_t tried_ = 0;
    std::uint32_t knock_ = 0;  // counts them: what comes late is told from what is awaited
};

}  // namespace gameday::drivers
