// Flow: one direction of one connection, an explicit pipeline from a source socket to a sink
// socket.
//
// Bytes that meet no rule are copied straight on. All others wait in one bounded queue with the
// instant they are due, so that a change of rule loses and reorders nothing; the end of the stream
// (FIN or RST) waits in the same queue. While the queue is full the source is not read, and the
// kernel slows the sender down. Everything here runs on the shard's thread and never blocks.
#pragma once

#include "harness/base/random.hpp"
#include "injectors/devices/proxy/http/exchanges.hpp"
#include "injectors/devices/proxy/net/socket.hpp"
#include "injectors/devices/proxy/relay/link_state.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/devices/proxy/rules/timer_lead.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace gameday::devices::proxy {

using Timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, Executor>;

// The steady clock as an Instant; the zero point means nothing here.
Instant steady_now();

// What all connections of a shard share: one read buffer, hot in the cache, and how early their
// timers are set.
struct ReadBuffer {
    std::array<char, 64 * 1024> bytes;
    TimerLead lead;
};

// The connection as its flows see it.
class FlowOwner {
 public:
    virtual std::shared_ptr<void> keep_alive() = 0;
    virtual void flow_finished() = 0;     // a flow has carried its FIN
    virtual void reset_carried() = 0;     // an RST has come through a flow: end with RST
    virtual void limit_carried() = 0;     // all that a limit lets through is through: close
    virtual void sink_lost(bool to) = 0;  // the sink of this flow has reset the connection

    // Of flows that translate: bytes and FIN that have come, and room that there is again. What is
    // to become of them is told to the flows by take().
    virtual void translate(bool to, std::span<const char> bytes) = 0;
    virtual void translate_end(bool to) = 0;
    virtual void drained() = 0;
    virtual bool crowded() const = 0;  // nothing more should be read that answers come from

 protected:
    ~FlowOwner() = default;
};

// Bytes of a flow that are later than the rules make them, or slower.
struct Shaping {
    Duration delay{};
    std::int64_t rate = 0;  // bytes per second, 0 = no limit
    Duration age{};         // how long they have been here already
};

class Flow {
 public:
    // `way` is to or from. All references outlive the flow; `owner` is kept alive by every handler.
    Flow(FlowOwner& owner, LinkState& link, ReadBuffer& scratch, Direction way,
         std::uint64_t number, Socket& source, Socket& sink);

    void begin();         // both sockets are connected
    void source_ready();  // its events may be new
    void sink_ready();
    // From now on. What is queued keeps its due time, but for gaps between pieces and delays of
    // ends that have changed: those are let go.
    void follow(FlowRule rule);
    void end_with_fin();  // half-close: FIN behind what is queued, later bytes dropped
    void end_with_reset() { end_with(Kind::reset); }  // as if the source had sent RST now
    void end_with_close() { end_with(Kind::limit); }  // as if a limit ended it
    void source_lost();  // the source is gone: what it sent before, then RST
    // Everything that arrives goes to the owner's translate() from now on, or no more.
    void translate(bool on) { translated_ = on; }
    void take(const http::Piece& piece);  // as if it had arrived
    void resume() { read_when_ready(); }  // the owner is not crowded any more
    [[nodiscard]] std::size_t queued() const { return queued_; }
    void stop();  // forgets everything; handlers still to run do nothing
    [[nodiscard]] bool finished() const { return fin_ == Fin::carried && ended(); }
    [[nodiscard]] std::size_t waiting() const { return queue_.size(); }   // chunks
    [[nodiscard]] std::uint64_t passed_on() const { return passed_on_; }  // bytes
    [[nodiscard]] std::optional<Instant> first_passed_on() const { return first_passed_on_; }
    // It was the source that sent RST.
    [[nodiscard]] bool source_reset() const { return reading_ == Reading::reset; }

 private:
    // cut: RST, in its turn; strike: RST of a fault's, as if the source had sent it.
    enum class Kind : std::uint8_t { bytes, fin, reset, cut, strike, limit };
    // Counted against the bound, for floods of tiny chunks.
    static constexpr std::size_t item_overhead = 128;
    struct Item {
        Kind kind = Kind::bytes;
        Instant due;
        Instant free;  // when it would be due without gaps between pieces and delays of ends
        std::vector<char> bytes;
        std::size_t done = 0;
        [[nodiscard]] std::size_t left() const { return bytes.size() - done; }
    };

    enum class Life : std::uint8_t { waiting, begun, stopped };  // begun: both are connected
    // Of the source. lost: gone, what it sent before is still read; ended: nothing is read any
    // more; reset: the same, by its own RST.
    enum class Reading : std::uint8_t { open, lost, ended, reset };
    // Of bytes that arrive. dropped: the stream is over behind those before; sink_lost: so is all.
    enum class Arriving : std::uint8_t { kept, dropped, sink_lost };
    // To the sink. full: until it takes more; yielding: until others have had their turn.
    enum class Writing : std::uint8_t { ready, full, yielding };
    enum class Fin : std::uint8_t { none, queued, carried };

    [[nodiscard]] bool stopped() const { return life_ == Life::stopped; }
    [[nodiscard]] bool ended() const { return reading_ >= Reading::ended; }
    [[nodiscard]] bool dropping() const { return arriving_ != Arriving::kept; }
    [[nodiscard]] bool sink_is_lost() const { return arriving_ == Arriving::sink_lost; }
    void drop();
    void end_reading();
    void read_when_ready();
    void arrive(std::span<const char> bytes, const Shaping& shape = {});
    void arrive_limited(std::span<const char> bytes, const Shaping& shape);
    void end_with(Kind kind);
    void end_source(Kind kind);
    void strike();
    [[nodiscard]] bool ends_late(Kind kind) const;
    void push(Kind kind, std::span<const char> bytes, const Shaping& shape = {});
    void push_pieces(std::span<const char> bytes);
    void push_paced(std::span<const char> bytes, std::int64_t rate);
    void enqueue(Kind kind, std::span<const char> bytes);
    void let_go(const FlowRule& next);
    double draw();
    [[nodiscard]] std::size_t way_index() const { return way_ == Direction::to ? 0 : 1; }
    void pump();
    void pump_soon();
    bool send_front();
    bool may_end(Kind kind);
    void carry_end(Kind kind);
    void overtake();
    std::size_t write(std::span<const char> bytes);
    void wake_at(Instant at);
    void come_to(Instant at);
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] std::size_t read_size() const;

    FlowOwner& owner_;
    LinkState& link_;
    ReadBuffer& scratch_;
    const Direction way_;
    const std::uint64_t number_;
    Socket& source_;
    Socket& sink_;
    Timer timer_;

    FlowRule rule_;
    std::optional<Random> random_;  // made when first drawn from
    std::list<Item> queue_;         // no memory while it is empty, as it mostly is
    std::size_t queued_ = 0;        // bytes, and a little for each item
    Instant last_due_{}, last_free_{};
    Instant paced_until_{};            // the end of what a shape's rate made slow
    Instant own_free_at_{};            // see decide()
    std::int64_t passed_ = 0;          // bytes that came in while there was a limit
    std::optional<Decision> granted_;  // under a rate: the slice that the link has been kept for
    std::optional<Instant> wake_;      // what the timer is set to

    bool translated_ = false;  // what arrives goes to the owner
    Life life_ = Life::waiting;
    Reading reading_ = Reading::open;
    Arriving arriving_ = Arriving::kept;
    Writing writing_ = Writing::ready;
    Fin fin_ = Fin::none;
    std::uint64_t passed_on_ = 0;
    std::optional<Instant> first_passed_on_;
};

}  // namespace gameday::devices::proxy
