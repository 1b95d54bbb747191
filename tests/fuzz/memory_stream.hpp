// A Beast stream that reads what a client has sent, in pieces, and keeps what it is sent.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace gameday::fuzz {

// Both ends of the connection as values.
struct MemoryWire {
    std::string bytes;          // from the client; after them it has closed its half
    std::size_t piece = 65536;  // as many arrive at a time
    std::size_t read = 0;
    std::string answers;
    bool shut = false;  // the session has sent FIN
    bool closed = false;
};

class MemoryStream {
 public:
    using executor_type = boost::asio::io_context::executor_type;

    MemoryStream(boost::asio::io_context& io, MemoryWire& wire) : io_(&io), wire_(&wire) {}

    executor_type get_executor() { return io_->get_executor(); }
    void expires_after(std::chrono::seconds) {}
    void shutdown_send() { wire_->shut = true; }
    void shutdown_and_close() { wire_->closed = true; }

    template <class Buffers, class Handler>
    auto async_read_some(const Buffers& buffers, Handler&& handler) {
        const auto left = std::min(wire_->piece, wire_->bytes.size() - wire_->read);
        const auto size =
            wire_->closed
                ? 0
                : boost::asio::buffer_copy(
                      buffers, boost::asio::buffer(wire_->bytes.data() + wire_->read, left));
        wire_->read += size;
        const bool ended = size == 0 && boost::asio::buffer_size(buffers) > 0;
        return complete(std::forward<Handler>(handler), ended ? end() : boost::system::error_code{},
                        size);
    }

    template <class Buffers, class Handler>
    auto async_write_some(const Buffers& buffers, Handler&& handler) {
        std::string some(boost::asio::buffer_size(buffers), '\0');
        boost::asio::buffer_copy(boost::asio::buffer(some), buffers);
        const bool broken = wire_->closed || wire_->shut;
        if (!broken) wire_->answers += some;
        const boost::system::error_code error =
            broken ? boost::asio::error::broken_pipe : boost::system::error_code{};
        return complete(std::forward<Handler>(handler), error, some.size());
    }

 private:
    static boost::system::error_code end() { return boost::asio::error::eof; }

    template <class Handler>
    auto complete(Handler&& handler, boost::system::error_code error, std::size_t size) {
        return boost::asio::async_initiate<Handler, void(boost::system::error_code, std::size_t)>(
            [io = io_, error, size](auto&& done) {
                boost::asio::post(io->get_executor(),
                                  [done = std::forward<decltype(done)>(done), error,
                                   size]() mutable { done(error, size); });
            },
            handler);
    }

    boost::asio::io_context* io_;
    MemoryWire* wire_;
};

}  // namespace gameday::fuzz
