// Flow: what waits in the queue, and until when.
#include "injectors/devices/proxy/relay/flow.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::devices::proxy {

double Flow::draw() {
    if (!random_) {
        random_.emplace(link_.common.seed, fmt::format("proxy/{}/{}/{}", link_.common.name, number_,
                                                       way_ == Direction::to ? "to" : "from"));
    }
    return random_->unit();
}

// Whether the delay of ends is for it: not for an RST of the source's, nor for an upstream that
// could not be reached.
bool Flow::ends_late(Kind kind) const {
    return kind == Kind::fin || kind == Kind::strike ||
           (kind == Kind::limit && life_ == Life::begun);
}

void Flow::push(Kind kind, std::span<const char> bytes, const Shaping& shape) {
    const Instant came = steady_now() - shape.age;
    const Instant due = stamp(rule_, came, last_free_, [this] { return draw(); });
    last_free_ = due + shape.delay;
    last_due_ = std::max(last_due_, due) + shape.delay;
    if (kind != Kind::bytes) {
        if (ends_late(kind)) last_due_ += rule_.end_delay;
        enqueue(kind, {});
    } else if (shape.rate > 0) {
        push_paced(bytes, shape.rate);
    } else {
        push_pieces(bytes);
    }
    if (kind == Kind::fin && fin_ == Fin::none) fin_ = Fin::queued;
    pump();
}

// The whole chunk, or pieces of it with gaps between them.
void Flow::push_pieces(std::span<const char> bytes) {
    for (;;) {
        const std::size_t size = piece(rule_, bytes.size(), [this] { return draw(); });
        enqueue(Kind::bytes, bytes.first(size));
        bytes = bytes.subspan(size);
        if (bytes.empty()) return;
        last_due_ += rule_.gap;
    }
}

// Each slice when its last byte would have been carried. The source is read ahead meanwhile, so
// that a slice that is sent late delays none behind it.
void Flow::push_paced(std::span<const char> bytes, std::int64_t rate) {
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), slice_bytes(rate));
        last_due_ += carrying_time(size, rate);
        last_free_ += carrying_time(size, rate);
        enqueue(Kind::bytes, bytes.first(size));
        bytes = bytes.subspan(size);
    }
    paced_until_ = last_due_;
}

void Flow::enqueue(Kind kind, std::span<const char> bytes) {
    queue_.push_back({kind, last_due_, last_free_, {bytes.begin(), bytes.end()}, 0});
    queued_ += bytes.size() + item_overhead;
}

// Of a delay of the bytes nothing is let go: later ones would overtake them, or wait for them.
void Flow::let_go(const FlowRule& next) {
    const bool pieces =
        next.slice != rule_.slice || next.variation != rule_.variation || next.gap != rule_.gap;
    if (queue_.empty() || (!pieces && next.end_delay == rule_.end_delay)) return;
    const bool pacing = paced_until_ == last_due_;
    for (Item& item : queue_) {
        const bool late = ends_late(item.kind);
        if (pieces) {
            item.due = item.free + (late ? next.end_delay : Duration{});
        } else if (late) {
            item.due += next.end_delay - rule_.end_delay;
        }
    }
    last_due_ = queue_.back().due;
    if (pacing) paced_until_ = last_due_;
}

}  // namespace gameday::devices::proxy
