#include "injectors/devices/proxy/relay/shard.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>

namespace gameday::devices::proxy {

std::size_t usual_shards() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

void Shard::finish() {
    if (!thread_.joinable()) return;
    net::post(context_, [this] { poller_.stop(); });
    guard_.reset();
    thread_.join();
}

Shards::Shards(std::size_t count) {
    while (shards_.size() < count) shards_.push_back(std::make_unique<Shard>());
    for (const auto& shard : shards_) shard->start();
}

void Shards::finish() {
    for (const auto& shard : shards_) shard->finish();
}

void Shards::stand_still() {
    std::unique_lock lock(mutex_);
    halted_ = true;
    for (const auto& shard : shards_) {
        net::post(shard->context(), [this] {
            std::unique_lock standing(mutex_);
            ++standing_;
            stands_.notify_one();
            goes_.wait(standing, [this] { return !halted_; });
            --standing_;
            went_on_ = std::chrono::steady_clock::now();
            stands_.notify_one();
        });
    }
    stands_.wait(lock, [this] { return standing_ == shards_.size(); });
}

// Waits until all have gone: one that is slow to wake must not be counted by the next standstill.
void Shards::go_on() {
    std::unique_lock lock(mutex_);
    halted_ = false;
    goes_.notify_all();
    stands_.wait(lock, [this] { return standing_ == 0; });
}

Result<net::ip::tcp::endpoint> resolve(const Endpoint& endpoint) {
    auto all = resolve_all(endpoint);
    if (!all) return std::move(all).error();
    return all->front();
}

Result<std::vector<net::ip::tcp::endpoint>> resolve_all(const Endpoint& endpoint) {
    boost::system::error_code error;
    const auto address = net::ip::make_address(endpoint.address, error);
    if (!error) return std::vector{net::ip::tcp::endpoint(address, endpoint.port)};
    net::io_context context{1};
    net::ip::tcp::resolver resolver(context);
    const auto found = resolver.resolve(endpoint.address, std::to_string(endpoint.port), error);
    if (error || found.empty()) {
        return refused("cannot resolve \"{}\": {}", endpoint.address,
                       error ? error.message() : "no address");
    }
    std::vector<net::ip::tcp::endpoint> all;
    for (const auto& each : found) {
        // A name may stand twice in /etc/hosts.
        if (std::ranges::find(all, each.endpoint()) == all.end()) all.push_back(each.endpoint());
    }
    return all;
}

}  // namespace gameday::devices::proxy
