// Outgoing: the dialler's end of one link. Connects, connects again, and sends frames in order.
#pragma once

#include "examples/regions/message.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace gameday::regions {

class Outgoing : public std::enable_shared_from_this<Outgoing> {
 public:
    Outgoing(boost::asio::io_context& io, Peer self, const Endpoint& endpoint);

    void connect();
    // Returns false when the bytes were surely not sent.
    bool send(const std::string& message);

 private:
    void connected(std::uint64_t attempt, const boost::system::error_code& error);
    void write();
    void watch();
    void broken(std::uint64_t attempt);

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    const Peer self_;
    const boost::asio::ip::tcp::endpoint endpoint_;
    std::uint64_t attempt_ = 0;  // which connection a handler belongs to
    bool connected_ = false, writing_ = false;
    std::string waiting_, under_way_;
    std::array<char, 64> heard_{};
};

// A message with its length in front.
std::string frame(const std::string& message);

}  // namespace gameday::regions
