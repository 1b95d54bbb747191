#include "harness/drivers/redis/link.hpp"

#include "harness/drivers/common/addresses.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gameday::drivers {
namespace {

using RedisLinkPointer = boost::intrusive_ptr<RedisLink>;

}  // namespace

void RedisLink::open(const boost::asio::ip::tcp::endpoint& address, Done done) {
    done_ = std::move(done);
    whole_ = 0;
    socket_.async_connect(address, [self = RedisLinkPointer(this)](const Error& error) {
        if (self->done_ == nullptr) return;
        if (error) return self->finish(cause_of(error), error.message());
        Error ignored;  // an option that cannot be set costs latency, nothing else
        self->socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
        self->socket_.non_blocking(true, ignored);
        if (self->tls_.context != nullptr) return self->shake_hands();
        self->finish(Cause::none);
    });
}

// Nothing was sent yet: who fails here has refused the other side.
void RedisLink::shake_hands() {
    encrypted_ = std::make_unique<TlsStream>(socket_, *tls_.context, tls_.server);
    encrypted_->handshake([self = RedisLinkPointer(this)](const Error& error, std::size_t) {
        if (self->done_ == nullptr) return;
        if (!error) return self->finish(Cause::none);
        if (!is_tls_error(error)) return self->finish(cause_of(error), error.message());
        self->finish(Cause::rejected, "TLS: " + self->encrypted_->problem(error));
    });
}

bool RedisLink::exchange(std::string_view bytes, std::size_t answers, Done done) {
    whole_ = 0;
    wanted_ = answers;
    if (replies_.size() < answers) replies_.resize(answers);
    if (encrypted_ != nullptr) {
        done_ = std::move(done);
        send(bytes);
        return true;
    }
    Error error;
    const std::size_t size =
        socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != boost::asio::error::would_block) return false;
    done_ = std::move(done);
    if (size == bytes.size()) {
        receive();
        return true;
    }
    send(bytes.substr(size));
    return true;
}

void RedisLink::send(std::string_view rest) {
    auto sent = [self = RedisLinkPointer(this)](const Error& failure, std::size_t) {
        if (self->done_ == nullptr) return;
        if (failure) return self->finish(Cause::reset, failure.message());
        self->receive();
    };
    const auto bytes = boost::asio::buffer(rest.data(), rest.size());
    if (encrypted_ != nullptr) return encrypted_->write(bytes, std::move(sent));
    boost::asio::async_write(socket_, bytes, std::move(sent));
}

void RedisLink::receive() {
    auto received = [self = RedisLinkPointer(this)](const Error& error, std::size_t size) {
        if (self->done_ != nullptr) self->on_received(error, size);
    };
    const auto space = boost::asio::buffer(buffer_);
    if (encrypted_ != nullptr) return encrypted_->read_some(space, std::move(received));
    socket_.async_read_some(space, std::move(received));
}

void RedisLink::on_received(const Error& error, std::size_t size) {
    if (error) {
        const bool cut = whole_ > 0 || reader_.is_begun();
        return finish(Cause::reset, cut ? "the answer was cut off" : "closed without an answer");
    }
    reader_.put({buffer_.data(), size});
    while (whole_ < wanted_) {
        switch (reader_.next(replies_[whole_])) {
            case RedisReader::State::more: return receive();
            case RedisReader::State::wrong: return finish(Cause::malformed, reader_.problem());
            case RedisReader::State::whole: ++whole_;
        }
    }
    // Nothing more was asked for: who knows whose answers these are.
    if (!reader_.is_empty()) return finish(Cause::malformed, "bytes stand behind the answer");
    finish(Cause::none);
}

void RedisLink::finish(Cause cause, std::string detail) {
    cause_ = cause;
    detail_ = std::move(detail);
    const Done done = std::exchange(done_, nullptr);
    done();
}

bool RedisLink::is_stale() {
    char byte = 0;
    const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void RedisLink::drop() {
    done_ = nullptr;
    Error ignored;  // the descriptor is gone either way
    socket_.close(ignored);
}

}  // namespace gameday::drivers
