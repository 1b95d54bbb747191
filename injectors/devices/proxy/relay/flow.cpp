#include "injectors/devices/proxy/relay/flow.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

constexpr int reads_in_a_row = 4;               // before other connections have their turn
constexpr int items_in_a_row = 64;              // sent before they have
constexpr std::int64_t pieces_in_a_read = 256;  // at most about so many are made at a time
constexpr std::size_t paced_room = 256 * 1024;  // read ahead of what is slow

bool is_would_block(const error_code& error) {
    return error == net::error::would_block || error == net::error::try_again ||
           error == net::error::interrupted;
}

}  // namespace

Instant steady_now() {
    return at(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

Flow::Flow(FlowOwner& owner, LinkState& link, ReadBuffer& scratch, Direction way,
           std::uint64_t number, Socket& source, Socket& sink)
    : owner_(owner),
      link_(link),
      scratch_(scratch),
      way_(way),
      number_(number),
      source_(source),
      sink_(sink),
      timer_(source.get_executor()) {}

void Flow::begin() {
    if (life_ == Life::waiting) life_ = Life::begun;
}

void Flow::drop() {
    if (arriving_ == Arriving::kept) arriving_ = Arriving::dropped;
}

void Flow::end_reading() {
    if (!ended()) reading_ = Reading::ended;
}

void Flow::follow(FlowRule rule) {
    let_go(rule);
    rule_ = std::move(rule);
    source_.time_arrivals(!rule_.delays.empty() || rule_.rate > 0 || rule_.own_rate > 0);
    granted_.reset();
    if (!stopped()) pump_soon();
}

// Whoever changes the rules of thousands of connections must not have to send their bytes, too.
void Flow::pump_soon() {
    if (life_ != Life::begun || writing_ == Writing::full || queue_.empty()) return pump();
    writing_ = Writing::yielding;
    sink_.call_again();
}

void Flow::end_with_fin() {
    if (fin_ != Fin::none || stopped()) return;
    drop();
    push(Kind::fin, {});
}

void Flow::end_with(Kind kind) {
    if (stopped() || ended()) return;
    end_reading();
    push(kind, {});
}

void Flow::source_lost() {
    if (reading_ == Reading::open) reading_ = Reading::lost;
    // The source's FIN has been carried or is queued, and nobody reads any more: nobody else would
    // tell the sink.
    if (ended() && !stopped()) push(Kind::reset, {});
}

void Flow::stop() {
    life_ = Life::stopped;
    timer_.cancel();
    queue_.clear();
    queued_ = 0;
}

bool Flow::has_room() const {
    if (translated_ && way_ == Direction::to && owner_.crowded()) return false;
    const bool pacing = !queue_.empty() && paced_until_ == last_due_;
    const auto limit = std::max(queue_limit(rule_), pacing ? paced_room : 0);
    return dropping() || queued_ < limit;
}

// Where chunks are cut into pieces of a few bytes each, 64 KiB would cost megabytes.
std::size_t Flow::read_size() const {
    const auto most = static_cast<std::int64_t>(scratch_.bytes.size());
    if (rule_.slice == 0) return scratch_.bytes.size();
    return static_cast<std::size_t>(std::min(most, std::min(rule_.slice, most) * pieces_in_a_read));
}

// In the next turn, lest a pump and a read call each other without end.
void Flow::read_when_ready() {
    if (life_ == Life::begun && !ended() && source_.readable() && has_room()) {
        source_.call_again();
    }
}

void Flow::source_ready() {
    if (life_ != Life::begun || ended()) return;
    const int rounds = rule_.slice > 0 ? 1 : reads_in_a_row;
    for (int round = 0; round < rounds && source_.readable() && has_room(); ++round) {
        error_code error;
        const std::size_t got = source_.read(std::span(scratch_.bytes).first(read_size()), error);
        if (is_would_block(error)) break;
        if (error) {
            const bool is_fin = error == net::error::eof && reading_ != Reading::lost;
            end_source(is_fin ? Kind::fin : Kind::reset);
            return;
        }
        link_.received.at(way_index()) += got;
        const auto bytes = std::span<const char>(scratch_.bytes).first(got);
        if (translated_ && !dropping()) {
            owner_.translate(way_ == Direction::to, bytes);
        } else {
            arrive(bytes, {{}, 0, source_.age()});
        }
        if (stopped() || ended()) return;
    }
    read_when_ready();
}

void Flow::sink_ready() {
    if (writing_ == Writing::ready || stopped()) return;
    writing_ = sink_.writable() ? Writing::ready : Writing::full;
    pump();
}

void Flow::take(const http::Piece& piece) {
    if (stopped() || dropping()) return;
    if (!piece.bytes.empty()) arrive(piece.bytes, {piece.delay, piece.rate});
    if (stopped() || dropping() || piece.end == http::Piece::End::none) return;
    drop();
    switch (piece.end) {
        case http::Piece::End::none: break;
        case http::Piece::End::finish: return push(Kind::fin, {});
        case http::Piece::End::close: return push(Kind::limit, {});
        case http::Piece::End::reset: return push(Kind::cut, {});
    }
}

void Flow::arrive(std::span<const char> bytes, const Shaping& shape) {
    if (dropping()) return;
    if (rule_.discard) return link_.count(rule_.by);
    if (rule_.reset_after) return strike();
    if (rule_.limit >= 0) return arrive_limited(bytes, shape);
    const bool shaped = shape.delay > Duration{} || shape.rate > 0;
    if (!shaped && rule_.plain() && queue_.empty()) {
        bytes = bytes.subspan(write(bytes));
        if (stopped() || dropping() || bytes.empty()) return;
    }
    link_.count(rule_.by);
    push(Kind::bytes, bytes, shape);
}

// What is beyond the limit is lost, and the connection ends behind what is not.
void Flow::arrive_limited(std::span<const char> bytes, const Shaping& shape) {
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(rule_.limit - passed_, 0));
    const auto within = bytes.first(std::min(room, bytes.size()));
    passed_ += static_cast<std::int64_t>(within.size());
    link_.count(rule_.by);
    if (within.size() == room) drop();
    if (!within.empty()) push(Kind::bytes, within, shape);
    if (within.size() == room && !stopped() && !sink_is_lost()) push(Kind::limit, {});
}

// What has come is lost, and nothing more is read; whatever becomes of the rule now, RST follows.
void Flow::strike() {
    link_.count(rule_.by);
    drop();
    end_reading();
    push(Kind::strike, {}, {*rule_.reset_after});
}

void Flow::end_source(Kind kind) {
    const bool by_source = kind == Kind::reset && reading_ != Reading::lost;
    reading_ = by_source ? Reading::reset : Reading::ended;
    if (translated_ && kind == Kind::fin) owner_.translate_end(way_ == Direction::to);
    if (stopped()) return;
    if (sink_is_lost()) {  // Nobody is left to be told.
        if (kind == Kind::reset) return owner_.reset_carried();
        fin_ = Fin::carried;
        return owner_.flow_finished();
    }
    if (kind == Kind::fin && fin_ != Fin::none) return owner_.flow_finished();
    if (kind == Kind::fin && rule_.reset_after) return strike();
    push(kind, {});
}

void Flow::pump() {
    if (writing_ == Writing::yielding) return;
    if (writing_ == Writing::full) return overtake();
    for (int sent = 0; !queue_.empty(); ++sent) {
        if (sent == items_in_a_row) {
            writing_ = Writing::yielding;
            return sink_.call_again();
        }
        const Instant now = steady_now();
        if (!granted_) {
            const Chunk chunk{queue_.front().due, queue_.front().left()};
            const Decision decision =
                link_.common.pace.grant(rule_, chunk, now, way_index(), own_free_at_);
            if (decision.wait) break;
            if (rule_.own_rate > 0 && chunk.bytes > 0) own_free_at_ = decision.at;
            granted_ = decision;
        }
        if (granted_->at > now) {
            wake_at(granted_->at);
            break;
        }
        if (!send_front()) return;
    }
    read_when_ready();
    if (translated_ && !stopped()) owner_.drained();
}

// Sends what is granted of the first item. False when the pump must stop: the sink is full, the
// stream has ended, or all is over.
bool Flow::send_front() {
    Item& front = queue_.front();
    if (front.kind != Kind::bytes) {
        const Kind kind = front.kind;
        if (!may_end(kind)) {
            writing_ = Writing::full;
            return false;
        }
        queued_ -= item_overhead;
        queue_.pop_front();
        granted_.reset();
        carry_end(kind);
        return !stopped();
    }
    const std::size_t sent =
        write(std::span<const char>(front.bytes).subspan(front.done, granted_->bytes));
    if (stopped() || sink_is_lost()) return false;
    front.done += sent;
    queued_ -= sent;
    granted_->bytes -= sent;
    if (granted_->bytes > 0) {
        writing_ = Writing::full;
        return false;
    }
    granted_.reset();
    if (front.left() == 0) {
        queued_ -= item_overhead;
        queue_.pop_front();
    }
    return true;
}

// Whether what was written before the end has left; a FIN is then behind it.
bool Flow::may_end(Kind kind) {
    if (kind == Kind::fin) return sink_.finish(!source_.truncated());
    return kind != Kind::limit || sink_.flush();
}

void Flow::carry_end(Kind kind) {
    if (kind == Kind::reset || kind == Kind::cut || kind == Kind::strike) {
        return owner_.reset_carried();
    }
    if (kind == Kind::limit) return owner_.limit_carried();
    fin_ = Fin::carried;
    owner_.flow_finished();
}

// A sink that takes no more bytes still takes an RST, as it would from the source itself.
void Flow::overtake() {
    if (queue_.empty() || rule_.hold) return;
    if (queue_.back().kind != Kind::reset && queue_.back().kind != Kind::strike) return;
    if (queue_.back().due > steady_now()) return wake_at(queue_.back().due);
    owner_.reset_carried();
}

std::size_t Flow::write(std::span<const char> bytes) {
    if (!sink_.writable()) return 0;
    error_code error;
    const std::size_t sent = sink_.write(bytes, error);
    link_.sent.at(way_index()) += sent;
    if (sent > 0 && !first_passed_on_) first_passed_on_ = steady_now();
    passed_on_ += sent;
    if (!error || is_would_block(error)) return sent;
    arriving_ = Arriving::sink_lost;
    queue_.clear();
    queued_ = 0;
    granted_.reset();
    owner_.sink_lost(way_ == Direction::to);
    if (!stopped()) read_when_ready();
    return 0;
}

void Flow::wake_at(Instant instant) {
    if (wake_ == instant) return;
    wake_ = instant;
    const Instant early = instant - scratch_.lead.time();
    timer_.expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(early.time_since_epoch())));
    timer_.async_wait([this, instant, early, keep = owner_.keep_alive()](error_code error) {
        if (error) return;  // Set anew, or stopped.
        scratch_.lead.learn(steady_now() - early);
        come_to(instant);
    });
}

// Others have their turn until the moment has come.
void Flow::come_to(Instant instant) {
    if (stopped() || wake_ != instant) return;
    if (steady_now() < instant) {
        return net::post(timer_.get_executor(),
                         [this, instant, keep = owner_.keep_alive()] { come_to(instant); });
    }
    wake_.reset();
    pump();
}

}  // namespace gameday::devices::proxy
