#include "harness/drivers/http/connection.hpp"

#include "harness/drivers/common/addresses.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gameday::drivers {

namespace asio = boost::asio;
using Pointer = boost::intrusive_ptr<Connection>;

Connection::Connection(asio::io_context& io, ConnectionOwner& owner,
                       std::span<const std::string> wanted, const TlsTarget& tls)
    : socket_(io), tls_(tls), owner_(&owner), wanted_(wanted) {}

bool Connection::start(Endpoints addresses, std::size_t first, Duration patience) {
    sent_ = false;
    reader_.reset();
    if (!socket_.is_open()) {
        addresses_ = addresses;
        address_ = first;
        left_ = addresses.size();
        patience_ = patience;
        knock();
        return true;
    }
    if (encrypted_ != nullptr) {
        send_rest(0);
        return true;
    }
    Error error;
    const std::size_t size = socket_.write_some(asio::buffer(request), error);
    if (error && error != asio::error::would_block) return false;
    sent_ = size > 0;
    send_rest(size);
    return true;
}

void Connection::knock() {
    const std::uint32_t number = ++knock_;
    socket_.async_connect(addresses_[address_], [self = Pointer(this), number](const Error& error) {
        if (self->owner_ == nullptr || self->knock_ != number) return;
        self->on_knocked(error);
    });
    if (left_ < 2) return;
    const Duration share = patience_ / static_cast<Duration::rep>(left_);
    patience_ -= share;
    if (knocking_ == nullptr) {
        knocking_ = std::make_unique<asio::steady_timer>(socket_.get_executor());
    }
    knocking_->expires_after(share);
    knocking_->async_wait([self = Pointer(this), number](const Error& error) {
        if (error || self->owner_ == nullptr || self->knock_ != number) return;
        self->on_knocked(asio::error::timed_out);
    });
}

void Connection::on_knocked(const Error& error) {
    if (error && left_ > 1) {
        Error ignored;  // another one is opened either way
        socket_.close(ignored);
        const std::size_t passed = address_;
        address_ = (address_ + 1) % addresses_.size();
        --left_;
        owner_->on_passed_over(*this, passed, cause_of(error));
        return knock();
    }
    ++knock_;
    if (knocking_ != nullptr) knocking_->cancel();
    if (error) return finish(cause_of(error), false);
    Error ignored;  // an option that cannot be set costs latency, nothing else
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    owner_->on_connected(*this, address_);
    if (tls_.context != nullptr) return shake_hands();
    send();
}

void Connection::shake_hands() {
    encrypted_ = std::make_unique<TlsStream>(socket_, *tls_.context, tls_.server);
    encrypted_->handshake([self = Pointer(this)](const Error& error, std::size_t) {
        if (self->owner_ == nullptr) return;
        if (error) return self->fail(error);
        self->send_rest(0);
    });
}

// Bytes that TLS sends on its own (tickets, an alert) count as well: it is then replaced.
bool Connection::is_stale() {
    char byte = 0;
    const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Connection::drop() {
    owner_ = nullptr;
    if (knocking_ != nullptr) knocking_->cancel();
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
    reader_.emplace(response, wanted_, to_head);
    buffer_.clear();
    if (done == request.size()) return receive();
    sent_ = true;  // from here on we cannot tell how much has left
    auto written = [self = Pointer(this)](const Error& error, std::size_t) {
        if (self->owner_ == nullptr) return;
        if (error) return self->fail(error);
        self->receive();
    };
    if (encrypted_ != nullptr) return encrypted_->write(asio::buffer(request), std::move(written));
    asio::async_write(socket_, asio::buffer(request) + done, std::move(written));
}

void Connection::receive() {
    auto received = [self = Pointer(this)](const Error& error, std::size_t size) {
        if (self->owner_ != nullptr) self->on_received(error, size);
    };
    const auto space = buffer_.prepare(4096);
    if (encrypted_ != nullptr) return encrypted_->read_some(space, std::move(received));
    socket_.async_read_some(space, std::move(received));
}

void Connection::on_received(const Error& error, std::size_t size) {
    if (error) return on_closed_by_peer(error);
    buffer_.commit(size);
    std::string_view bytes(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    const auto state = reader_->put(bytes);
    buffer_.consume(buffer_.size() - bytes.size());
    switch (state) {
        case AnswerReader::State::more: return receive();
        case AnswerReader::State::wrong: return finish(Cause::malformed, false);
        case AnswerReader::State::whole: break;
    }
    // Nothing more was asked for. What stands behind the answer is another one, or belongs to it.
    const std::string_view behind(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    const bool whole =
        behind.find_first_not_of("\r\n") == std::string_view::npos || behind.starts_with("HTTP/1.");
    finish(whole ? Cause::none : Cause::malformed, reader_->keep_alive() && behind.empty());
}

void Connection::on_closed_by_peer(const Error& error) {
    if (is_tls_error(error)) return fail(error);
    if (error != asio::error::eof) return finish(Cause::reset, false);
    switch (reader_->end()) {
        case AnswerReader::State::more: return finish(Cause::reset, false);
        case AnswerReader::State::wrong: return finish(Cause::malformed, false);
        case AnswerReader::State::whole: break;
    }
    finish(Cause::none, false);
}

// Before the request was sent: the handshake failed, and the other side has refused us or we it.
void Connection::fail(const Error& error) {
    if (!is_tls_error(error)) return finish(cause_of(error), false);
    problem_ = "TLS: " + encrypted_->problem(error);
    finish(sent_ ? Cause::reset : Cause::rejected, false);
}

void Connection::finish(Cause cause, bool reusable) {
    const bool begun = reader_.has_value() && reader_->begun();
    Finish end{cause, sent_, begun, reusable};
    if (cause == Cause::malformed) {
        end.detail = reader_->problem();
        if (end.detail.empty()) end.detail = "bytes stand behind the answer: its length is wrong";
    }
    if (cause == Cause::reset && begun) end.detail = "the answer was cut off";
    if (!problem_.empty()) end.detail = problem_;
    owner_->on_finished(*this, end);
}

}  // namespace gameday::drivers
