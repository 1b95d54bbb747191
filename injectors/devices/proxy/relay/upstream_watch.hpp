// UpstreamWatch: whether an upstream refuses connections, found out by connecting to it time and
// again, so that a hop can refuse as well: a client that has been accepted cannot be refused any
// more. It has a thread of its own, which may tell the shards something; theirs may not.
#pragma once

#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/stream_address.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace gameday::devices::proxy {

class Shards;

class WatchThread {
 public:
    WatchThread() : guard_(context_.get_executor()), thread_([this] { context_.run(); }) {}
    ~WatchThread() {
        context_.stop();
        thread_.join();
    }
    WatchThread(const WatchThread&) = delete;
    WatchThread& operator=(const WatchThread&) = delete;
    boost::asio::io_context& context() { return context_; }

 private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
    std::thread thread_;
};

class UpstreamWatch : public std::enable_shared_from_this<UpstreamWatch> {
 public:
    // `tell` is called while the shards stand still, between start() and stop(), whenever the
    // answer is another one than before; at first it is no.
    UpstreamWatch(boost::asio::io_context& context, Shards& shards,
                  std::function<void(bool refuses)> tell);

    // All three while the shards stand still.
    void aim(const Endpoint& target);
    void start();
    void stop();

 private:
    void probe();
    void connect(const StreamAddress& target);
    void ask_next();
    void probed(boost::system::error_code error);

    Shards& shards_;
    const std::function<void(bool)> tell_;
    bool active_ = false;  // only while the shards stand still
    // On the watch's thread:
    Endpoint target_;
    boost::asio::ip::tcp::resolver resolver_;
    std::vector<StreamAddress> others_;  // of the target's, the next one last
    boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol> socket_;
    boost::asio::steady_timer timer_;
    bool running_ = false, refuses_ = false;
};

}  // namespace gameday::devices::proxy
