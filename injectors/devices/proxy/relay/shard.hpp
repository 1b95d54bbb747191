// Shard: a thread with its own event loop, on which hops live. Shards: all of them, and how they
// are told something.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"
#include "injectors/devices/proxy/net/socket.hpp"
#include "injectors/devices/proxy/relay/flow.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gameday::devices::proxy {

class Shard {
 public:
    Shard() : guard_(context_.get_executor()), poller_(context_) {}
    ~Shard() { finish(); }
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    void start() {
        thread_ = std::thread([this] { context_.run(); });
    }

    // Lets the context run dry and joins the thread.
    void finish();

    net::io_context& context() { return context_; }
    Poller& poller() { return poller_; }
    ReadBuffer& scratch() { return scratch_; }

 private:
    net::io_context context_{1};
    net::executor_work_guard<net::io_context::executor_type> guard_;
    Poller poller_;
    ReadBuffer scratch_;
    std::thread thread_;
};

// As many threads as relay well on this machine: one a processor, at most 4.
std::size_t usual_shards();

class Shards {
 public:
    explicit Shards(std::size_t count = usual_shards());
    ~Shards() { finish(); }
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;

    [[nodiscard]] std::size_t size() const { return shards_.size(); }
    Shard& at(std::size_t index) { return *shards_.at(index); }
    void finish();

    // When the last shard went on after the last run.
    [[nodiscard]] std::chrono::steady_clock::time_point last_went_on() const { return went_on_; }

    // Runs `work` on the calling thread while every shard stands still between two handlers: what
    // it changes is changed for all of them in one step. No handler of a shard ever blocks, so this
    // takes as long as one turn of their loops, whatever the connections do. From any thread but
    // the shards' own.
    template <class Work>
    auto run(Work work) {
        const std::lock_guard one_at_a_time(callers_);
        const Standstill standstill(*this);
        return work();
    }

 private:
    class Standstill {
     public:
        explicit Standstill(Shards& shards) : shards_(shards) { shards_.stand_still(); }
        ~Standstill() { shards_.go_on(); }
        Standstill(const Standstill&) = delete;
        Standstill& operator=(const Standstill&) = delete;

     private:
        Shards& shards_;
    };

    void stand_still();
    void go_on();

    std::mutex callers_;
    std::mutex mutex_;  // of what follows
    std::condition_variable stands_, goes_;
    std::size_t standing_ = 0;
    bool halted_ = false;
    std::chrono::steady_clock::time_point went_on_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

// A numeric address, or all that the resolver knows, in its order; blocks while it asks. Fails with
// `refused`.
Result<std::vector<net::ip::tcp::endpoint>> resolve_all(const Endpoint& endpoint);
// The first of them.
Result<net::ip::tcp::endpoint> resolve(const Endpoint& endpoint);

}  // namespace gameday::devices::proxy
