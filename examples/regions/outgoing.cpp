#include "examples/regions/outgoing.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <utility>

namespace gameday::regions {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t waiting_bytes_max = 4U << 20U;
constexpr auto pause_before_dialling = std::chrono::milliseconds(50);
constexpr auto patience_connecting = std::chrono::milliseconds(1000);

}  // namespace

std::string frame(const std::string& message) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<char>((message.size() >> shift) & 0xffU));
    }
    return bytes + message;
}

Outgoing::Outgoing(asio::io_context& io, Peer self, const Endpoint& endpoint)
    : socket_(io),
      timer_(io),
      self_(self),
      endpoint_(asio::ip::make_address(endpoint.address), endpoint.port) {}

void Outgoing::connect() {
    const std::uint64_t attempt = ++attempt_;
    auto self = shared_from_this();
    socket_ = asio::ip::tcp::socket(socket_.get_executor());
    socket_.async_connect(
        endpoint_, [self, attempt](const error_code& error) { self->connected(attempt, error); });
    timer_.expires_after(patience_connecting);
    timer_.async_wait([self, attempt](const error_code& error) {
        if (!error && !self->connected_) self->broken(attempt);
    });
}

void Outgoing::connected(std::uint64_t attempt, const error_code& error) {
    if (attempt != attempt_) return;
    if (error) {
        broken(attempt);
        return;
    }
    timer_.cancel();
    error_code ignored;  // a slower link is no reason to have none
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    connected_ = true;
    std::string hello(1, static_cast<char>(self_));
    waiting_ = frame(hello);
    watch();
    write();
}

bool Outgoing::send(const std::string& message) {
    if (!connected_ || waiting_.size() + message.size() > waiting_bytes_max) return false;
    waiting_ += frame(message);
    write();
    return true;
}

void Outgoing::write() {
    if (writing_ || waiting_.empty() || !connected_) return;
    writing_ = true;
    under_way_ = std::exchange(waiting_, {});
    auto self = shared_from_this();
    const std::uint64_t attempt = attempt_;
    asio::async_write(socket_, asio::buffer(under_way_),
                      [self, attempt](const error_code& error, std::size_t) {
                          if (attempt != self->attempt_) return;
                          self->writing_ = false;
                          if (error) {
                              self->broken(attempt);
                          } else {
                              self->write();
                          }
                      });
}

// Nothing is ever said on this side; reading tells when the connection ends.
void Outgoing::watch() {
    auto self = shared_from_this();
    const std::uint64_t attempt = attempt_;
    socket_.async_read_some(asio::buffer(heard_),
                            [self, attempt](const error_code& error, std::size_t) {
                                if (attempt != self->attempt_) return;
                                if (error) {
                                    self->broken(attempt);
                                } else {
                                    self->watch();
                                }
                            });
}

void Outgoing::broken(std::uint64_t attempt) {
    if (attempt != attempt_) return;
    const std::uint64_t pause = ++attempt_;  // handlers of the old connection mean nothing now
    connected_ = writing_ = false;
    waiting_.clear();
    error_code ignored;  // it is broken already
    socket_.close(ignored);
    auto self = shared_from_this();
    timer_.expires_after(pause_before_dialling);
    timer_.async_wait([self, pause](const error_code& error) {
        if (!error && pause == self->attempt_) self->connect();
    });
}

}  // namespace gameday::regions
