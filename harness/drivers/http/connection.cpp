#include "harness/drivers/http/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace gameday::drivers {

namespace asio = boost::asio;
using Pointer = boost::intrusive_ptr<Connection>;

Cause cause_of(const boost::system::error_code& error) {
    if (!error) return Cause::none;
    if (error == asio::error::connection_refused) return Cause::refused;
    if (error == asio::error::timed_out) return Cause::timed_out;
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
        error == asio::error::network_down || error == boost::system::errc::address_not_available) {
        return Cause::unreachable;
    }
    if (error == asio::error::no_descriptors ||
        error == boost::system::errc::too_many_files_open_in_system ||
        error == asio::error::no_buffer_space) {
        return Cause::shed;  // our own machine ran out, nobody else said anything
    }
    return Cause::reset;
}

Connection::Connection(asio::io_context& io, ConnectionOwner& owner,
                       std::span<const std::string> wanted)
    : socket_(io), owner_(&owner), wanted_(wanted) {}

bool Connection::start(const asio::ip::tcp::endpoint& remote) {
    sent_ = false;
    if (!socket_.is_open()) {
        socket_.async_connect(remote, [self = Pointer(this)](const Error& error) {
            if (self->owner_ == nullptr) return;
            if (error) return self->finish(cause_of(error), false);
            Error ignored;  // an option that cannot be set costs latency, nothing else
            self->socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
            self->socket_.non_blocking(true, ignored);
            self->send();
        });
        return true;
    }
    Error error;
    const std::size_t size = socket_.write_some(asio::buffer(request), error);
    if (error && error != asio::error::would_block) return false;
    sent_ = size > 0;
    send_rest(size);
    return true;
}

bool Connection::is_stale() {
    char byte = 0;
    const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Connection::drop() {
    owner_ = nullptr;
    Error ignored;  // the descriptor is gone either way
    socket_.close(ignored);
    return sent_;
}

void Connection::send() {
    Error error;
    const std::size_t size = socket_.write_some(asio::buffer(request), error);
    sent_ = size > 0;
    if (error && error != asio::error::would_block) return finish(cause_of(error), false);
    send_rest(size);
}

void Connection::send_rest(std::size_t done) {
    reader_.emplace(response, wanted_);
    buffer_.clear();
    if (done == request.size()) return receive();
    sent_ = true;  // from here on we cannot tell how much has left
    asio::async_write(socket_, asio::buffer(request) + done,
                      [self = Pointer(this)](const Error& error, std::size_t) {
                          if (self->owner_ == nullptr) return;
                          if (error) return self->finish(cause_of(error), false);
                          self->receive();
                      });
}

void Connection::receive() {
    socket_.async_read_some(buffer_.prepare(4096),
                            [self = Pointer(this)](const Error& error, std::size_t size) {
                                if (self->owner_ != nullptr) self->on_received(error, size);
                            });
}

void Connection::on_received(const Error& error, std::size_t size) {
    if (error) return on_closed_by_peer(error);
    buffer_.commit(size);
    while (buffer_.size() > 0 && !reader_->is_done()) {
        Error problem;
        const std::size_t used = reader_->put(buffer_.data(), problem);
        buffer_.consume(used);
        if (problem == boost::beast::http::error::need_more) break;
        if (problem) return finish(Cause::malformed, false);
        if (used == 0) break;
    }
    if (!reader_->is_done()) return receive();
    finish(Cause::none, reader_->keep_alive() && buffer_.size() == 0);
}

void Connection::on_closed_by_peer(const Error& error) {
    if (error != asio::error::eof || !reader_->got_some()) return finish(Cause::reset, false);
    Error problem;
    reader_->put_eof(problem);  // a body may end with the connection
    finish(problem || !reader_->is_done() ? Cause::reset : Cause::none, false);
}

void Connection::finish(Cause cause, bool reusable) {
    owner_->on_finished(*this, Finish{cause, sent_, reusable});
}

}  // namespace gameday::drivers
