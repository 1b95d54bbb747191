// Shard: a thread with its own event loop, on which hops live. Shards share nothing.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/flow.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <future>
#include <thread>
#include <type_traits>
#include <utility>

namespace gameday::devices::proxy {

inline constexpr std::size_t shards_most = 2;

class Shard {
 public:
    Shard() : guard_(context_.get_executor()) {}
    ~Shard() { finish(); }
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    void start() {
        thread_ = std::thread([this] { context_.run(); });
    }

    // Lets the context run dry and joins the thread.
    void finish() {
        guard_.reset();
        if (thread_.joinable()) thread_.join();
    }

    // Runs `work` on the shard's thread and waits until it has. No work of the shard ever blocks,
    // so this takes as long as one turn of its loop, whatever the connections do.
    template <class Work>
    auto run(Work work) {
        std::packaged_task<std::invoke_result_t<Work>()> task(std::move(work));
        auto done = task.get_future();
        net::post(context_, [&task] { task(); });
        return done.get();
    }

    net::io_context& context() { return context_; }
    Scratch& scratch() { return scratch_; }

 private:
    net::io_context context_{1};
    net::executor_work_guard<net::io_context::executor_type> guard_;
    Scratch scratch_;
    std::thread thread_;
};

// A numeric address, or the first that the resolver knows; blocks while it asks. Fails with
// `refused`.
Result<net::ip::tcp::endpoint> resolve(const Endpoint& endpoint);

}  // namespace gameday::devices::proxy
