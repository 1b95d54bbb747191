#include "injectors/proxy_server/udp/datagram_flow.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gameday::proxy_server::udp {
namespace {

constexpr std::size_t overhead = 128;  // counted against the bound, for floods of tiny datagrams
// For the last datagrams of a talk, which nobody comes to overtake.
constexpr Duration overtaking_max = std::chrono::milliseconds(100);

std::size_t size_of(const std::vector<char>& bytes) { return bytes.size() + overhead; }

}  // namespace

DatagramFlow::DatagramFlow(DatagramOwner& owner, Direction way, std::uint64_t stream,
                           const Executor& executor)
    : owner_(owner), way_(way), stream_(stream), timer_(executor) {}

void DatagramFlow::follow(DatagramRule rule) {
    rule_ = std::move(rule);
    pump();
}

void DatagramFlow::open() {
    open_ = true;
    pump();
}

void DatagramFlow::stop() {
    stopped_ = true;
    timer_.cancel();
    queue_.clear();
    overtaken_.clear();
}

void DatagramFlow::arrive(std::span<const char> datagram) {
    const DatagramId id{stream_, next_++};
    if (open_ && rule_.plain() && queue_.empty() && overtaken_.empty()) {
        return owner_.pass(way_, datagram);
    }
    const Fate its = fate(rule_, id);
    if (waiting_ + datagram.size() > waiting_max(rule_)) return;
    const Instant now = steady_now();
    if (its.copies > 0) last_due_ = std::max(last_due_, now + its.delay);
    for (int copy = 0; copy < its.copies; ++copy) {
        if (copy > 0 || its.gap == 0) {
            enqueue(datagram);
            continue;
        }
        overtaken_.push_back(
            {its.gap, last_due_ + overtaking_max, {datagram.begin(), datagram.end()}});
        waiting_ += datagram.size() + overhead;
    }
    if (its.copies > 0 && its.gap == 0) let_pass();
    pump();
}

void DatagramFlow::enqueue(std::span<const char> datagram) {
    queue_.push_back({last_due_, {datagram.begin(), datagram.end()}});
    waiting_ += datagram.size() + overhead;
}

// One more has passed those that are to be overtaken.
void DatagramFlow::let_pass() {
    for (std::size_t i = 0; i < overtaken_.size();) {
        if (--overtaken_[i].gap > 0) {
            ++i;
        } else {
            release(overtaken_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

void DatagramFlow::release(std::vector<Overtaken>::iterator overtaken) {
    queue_.push_back({last_due_, std::move(overtaken->bytes)});
    overtaken_.erase(overtaken);
}

void DatagramFlow::release_overdue() {
    const Instant now = steady_now();
    while (!overtaken_.empty() && overtaken_.front().latest <= now) release(overtaken_.begin());
}

void DatagramFlow::pump() {
    if (stopped_ || !open_) return;
    release_overdue();
    while (!queue_.empty() && !rule_.stall) {
        const Waiting& front = queue_.front();
        const Instant leaves = leaves_at(rule_, front.due, free_at_, front.bytes.size());
        if (leaves > steady_now()) {
            return wake_at(overtaken_.empty() ? leaves
                                              : std::min(leaves, overtaken_.front().latest));
        }
        free_at_ = leaves;
        const Waiting sent = std::move(queue_.front());
        queue_.pop_front();
        waiting_ -= size_of(sent.bytes);
        owner_.pass(way_, sent.bytes);
        if (stopped_) return;
    }
    if (!overtaken_.empty()) wake_at(overtaken_.front().latest);
}

void DatagramFlow::wake_at(Instant instant) {
    if (wake_ == instant) return;
    wake_ = instant;
    timer_.expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            instant.time_since_epoch())));
    timer_.async_wait([this, keep = owner_.keep_alive()](boost::system::error_code error) {
        if (error) return;  // Set anew, or stopped.
        wake_.reset();
        pump();
    });
}

}  // namespace gameday::proxy_server::udp
