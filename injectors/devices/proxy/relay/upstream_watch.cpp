#include "injectors/devices/proxy/relay/upstream_watch.hpp"

#include "injectors/devices/proxy/relay/shard.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto between_probes = 500ms;
constexpr auto between_probes_while_refused = 100ms;
constexpr auto probe_max = 1s;

// What a client of the upstream itself would call a refusal; a Unix socket may not even be there.
bool is_refusal(const error_code& error) {
    return error == net::error::connection_refused ||
           error == boost::system::errc::no_such_file_or_directory;
}

}  // namespace

UpstreamWatch::UpstreamWatch(net::io_context& context, Shards& shards,
                             std::function<void(bool)> tell)
    : shards_(shards),
      tell_(std::move(tell)),
      resolver_(context),
      socket_(context),
      timer_(context) {}

void UpstreamWatch::aim(const Endpoint& target) {
    net::post(timer_.get_executor(), [self = shared_from_this(), target] {
        self->target_ = target;
        if (self->running_) self->timer_.cancel();  // Asks the new one at once.
    });
}

void UpstreamWatch::start() {
    if (std::exchange(active_, true)) return;
    net::post(timer_.get_executor(), [self = shared_from_this()] {
        self->running_ = true;
        self->refuses_ = false;
        self->probe();
    });
}

void UpstreamWatch::stop() {
    if (!std::exchange(active_, false)) return;
    net::post(timer_.get_executor(), [self = shared_from_this()] {
        self->running_ = false;
        error_code ignored;  // closing is all that is left to do with it
        self->socket_.close(ignored);
        self->timer_.cancel();
        self->resolver_.cancel();
    });
}

void UpstreamWatch::probe() {
    if (!running_) return;
    if (const auto address = address_of(target_)) return connect(*address);
    if (unix_path(target_.address)) return probed({});  // It is too long.
    resolver_.async_resolve(target_.address, std::to_string(target_.port),
                            [self = shared_from_this()](error_code failed, const auto& found) {
                                self->others_.clear();
                                if (failed || found.empty()) return self->probed(failed);
                                for (const auto& each : found) {
                                    self->others_.emplace_back(each.endpoint());
                                }
                                std::ranges::reverse(self->others_);
                                self->ask_next();
                            });
}

// One address that does not refuse is enough: clients are led to it.
void UpstreamWatch::ask_next() {
    const StreamAddress next = others_.back();
    others_.pop_back();
    connect(next);
}

void UpstreamWatch::connect(const StreamAddress& target) {
    error_code error;
    socket_.close(error);
    socket_.open(target.protocol(), error);
    if (error) return probed(error);
    timer_.expires_after(probe_max);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
        error_code ignored;  // the probe says so
        if (!cancelled) self->socket_.cancel(ignored);
    });
    socket_.async_connect(target, [self = shared_from_this()](error_code failed) {
        // RST, so that no socket stays behind for a minute.
        error_code ignored;
        self->socket_.set_option(net::socket_base::linger(true, 0), ignored);
        self->socket_.close(ignored);
        self->probed(failed);
    });
}

void UpstreamWatch::probed(error_code error) {
    if (!running_) return;
    const bool refuses = is_refusal(error);
    if (refuses && !others_.empty()) return ask_next();
    others_.clear();
    if (refuses != refuses_) {
        refuses_ = refuses;
        shards_.run([this, refuses] {
            if (active_) tell_(refuses);
        });
    }
    timer_.expires_after(refuses ? between_probes_while_refused : between_probes);
    timer_.async_wait([self = shared_from_this()](error_code) { self->probe(); });
}

}  // namespace gameday::devices::proxy
