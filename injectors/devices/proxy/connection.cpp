#include "injectors/devices/proxy/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

// Close with RST instead of FIN: SO_LINGER with no time, see socket(7).
void close_with_reset(Socket& socket) {
    error_code ignored;  // Closing is all that is left to do with it.
    socket.set_option(net::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

void close_plainly(Socket& socket) {
    error_code ignored;
    socket.close(ignored);
}

void make_ready(Socket& socket) {
    error_code ignored;  // A socket that is dead already tells when it is used.
    socket.set_option(net::ip::tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
}

}  // namespace

Connection::Connection(Socket client, std::uint64_t number, LinkState& link, Scratch& scratch,
                       std::function<void(std::uint64_t)> over)
    : number_(number),
      link_(link),
      scratch_(scratch),
      over_(std::move(over)),
      client_(std::move(client)),
      upstream_(client_.get_executor()),
      to_(*this, link, scratch, Direction::to, number, client_, upstream_),
      from_(*this, link, scratch, Direction::from, number, upstream_, client_),
      accepted_(steady_now()) {
    make_ready(client_);
}

void Connection::dial(const net::ip::tcp::endpoint& target) {
    dialled_ = true;
    if (ended_) return;
    upstream_.async_connect(target, [this, keep = shared_from_this()](error_code error) {
        if (ended_) return;
        if (error) return from_.end_with_reset();
        make_ready(upstream_);
        connected_ = true;
        to_.begin();
        from_.begin();
        if (fin_to_) half_close(Direction::to);
        if (fin_from_) half_close(Direction::from);
    });
}

void Connection::follow(const LinkRules& rules) {
    const auto to = compose(rules, Direction::to, number_);
    const auto from = compose(rules, Direction::from, number_);
    const bool robbing = to.discard || from.discard;
    if (robbed_ && !robbing) return close();
    robbed_ = robbing;
    to_.follow(to);
    if (!ended_) from_.follow(from);
    if (!ended_) await(ending(rules, number_, accepted_));
}

// Sets the timer for the ending there is now, or lets it go.
void Connection::await(const std::optional<Ending>& ending) {
    if (!ending) return timer_.reset();
    if (!timer_) timer_.emplace(client_.get_executor());
    timer_->expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            ending->at.time_since_epoch())));
    timer_->async_wait([this, end = *ending, keep = shared_from_this()](error_code error) {
        if (error || ended_) return;  // Set anew, or over.
        link_.count(end.by);
        if (end.reset) return reset(Direction::both);
        close();
    });
}

void Connection::reset(Direction direction) {
    if (ended_) return;
    const auto keep = shared_from_this();
    stop_flows();
    if (direction != Direction::to) close_with_reset(client_);
    if (direction != Direction::from) close_with_reset(upstream_);
    if (client_.is_open()) leave_half_open(client_);
    if (upstream_.is_open()) leave_half_open(upstream_);
    over_when_closed();
}

void Connection::half_close(Direction direction) {
    if (ended_) return;
    const auto keep = shared_from_this();
    const bool to = direction != Direction::from;
    const bool from = direction != Direction::to;
    if (!connected_) {
        fin_to_ = fin_to_ || to;
        fin_from_ = fin_from_ || from;
        return;
    }
    if (to) to_.end_with_fin();
    if (from && !ended_) from_.end_with_fin();
}

void Connection::close() {
    const auto keep = shared_from_this();
    stop_flows();
    close_plainly(client_);
    close_plainly(upstream_);
    over_when_closed();
}

bool Connection::client_gone() {
    tcp_info state{};
    socklen_t size = sizeof(state);
    if (::getsockopt(client_.native_handle(), IPPROTO_TCP, TCP_INFO, &state, &size) != 0) {
        return true;
    }
    return state.tcpi_state != TCP_ESTABLISHED;
}

std::size_t Connection::waiting(Direction direction) const {
    return (direction == Direction::from ? 0 : to_.waiting()) +
           (direction == Direction::to ? 0 : from_.waiting());
}

void Connection::flow_finished() {
    if (!ended_ && to_.finished() && from_.finished()) close();
}

void Connection::sink_lost(bool to) {
    if (!ended_) (to ? from_ : to_).source_lost();
}

void Connection::leave_half_open(Socket& survivor) {
    error_code ignored;
    survivor.cancel(ignored);
    survivor.async_wait(Socket::wait_read,
                        [this, keep = shared_from_this(), &survivor](error_code error) {
                            if (!survivor.is_open()) return;
                            error_code read_error = error;
                            if (!error) survivor.read_some(net::buffer(scratch_.bytes), read_error);
                            if (read_error == net::error::would_block)
                                return leave_half_open(survivor);
                            if (read_error == net::error::eof) {
                                close_plainly(survivor);
                            } else {
                                close_with_reset(survivor);
                            }
                            over_when_closed();
                        });
}

void Connection::stop_flows() {
    ended_ = true;
    timer_.reset();
    to_.stop();
    from_.stop();
}

void Connection::over_when_closed() {
    if (!client_.is_open() && !upstream_.is_open() && over_) std::exchange(over_, nullptr)(number_);
}

}  // namespace gameday::devices::proxy
