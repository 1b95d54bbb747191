#include "injectors/devices/proxy/relay/connection.hpp"

#include "injectors/devices/proxy/net/system_error.hpp"

#include <boost/asio/error.hpp>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gameday::devices::proxy {

using boost::system::error_code;

Connection::Connection(Poller& poller, int client, std::uint64_t number, LinkState& link,
                       ReadBuffer& scratch, std::function<void(std::uint64_t)> over)
    : number_(number),
      link_(link),
      scratch_(scratch),
      over_(std::move(over)),
      client_(poller, *this, client),
      upstream_(poller, *this),
      to_(*this, link, scratch, Direction::to, number, client_, upstream_),
      from_(*this, link, scratch, Direction::from, number, upstream_, client_),
      accepted_(steady_now()) {
    record_.client = PeerAddress(client);
}

void Connection::dial(const StreamAddress& target) {
    dialled_ = true;
    if (ended_) return;
    record_.upstream = PeerAddress(target.data(), target.size());
    open_upstream(target.data()->sa_family);
    const auto error = upstream_.connect(target.data(), static_cast<socklen_t>(target.size()));
    if (error) cannot_connect(error);
}

void Connection::dial(std::vector<StreamAddress> targets) {
    targets_ = std::move(targets);
    std::ranges::reverse(targets_);
    dial_next();
}

void Connection::cannot_connect(const error_code& error) {
    cannot_dial(record_.upstream.text() + ": " + words_of(error));
}

// What each address has said is in the record.
void Connection::cannot_dial(const std::string& why) {
    if (ended_) return;
    const std::string before = record_.why ? *record_.why + "; " : "";
    record_.why = std::make_shared<const std::string>(before + why);
    if (!targets_.empty()) return dial_next();
    link_.common.unreachable.failed(*record_.why, steady_now());
    link_.common.refusal_is_fin ? from_.end_with_close() : from_.end_with_reset();
}

// Filters of the socket that is let go are its successor's.
void Connection::dial_next() {
    if (ended_) return;
    const StreamAddress next = targets_.back();
    targets_.pop_back();
    if (upstream_.is_open()) {
        if (gates_) link_.count(gates_->upstream.detach(upstream_.native_handle()));
        upstream_.let_go();
        filter(link_.common.rules);
    }
    dial(next);
}

// What the client has sent is read first: closing with bytes unread would be an RST, which may
// overtake the answer.
void Connection::answer_and_close(std::string_view answer) {
    client_.drop_received(scratch_.bytes);
    error_code error;
    (void)client_.write(answer, error);  // A client that does not take it is closed all the same.
    close();
}

void Connection::ready(Socket& socket) {
    const auto keep = shared_from_this();
    if (ended_) return hear_half_open(socket);
    if (opening_ != nullptr && opening_->stage != Opening::Stage::upstream) return go_on_opening();
    if (!connected_ && !connect_ended()) return;
    const bool from_client = &socket == &client_;
    (from_client ? from_ : to_).sink_ready();
    (from_client ? to_ : from_).source_ready();
}

// Whether bytes may flow. Until then nobody asks what the client does.
bool Connection::connect_ended() {
    bool was_reset = false;
    if (upstream_.failed()) {
        // A host that refuses answers a SYN with RST, which the kernel tells apart from any later
        // RST. Both may have come before anybody looked.
        const auto error = upstream_.take_error();
        was_reset = error == net::error::connection_reset || error == net::error::broken_pipe;
        if (!was_reset) {
            cannot_connect(error);
            return false;
        }
    }
    if (!upstream_.writable()) return false;
    if (upstream_.session() != nullptr && !shake_hands_with_upstream()) return false;
    connected_ = true;
    record_.connected = steady_now();
    record_.why.reset();  // Of the addresses before this one.
    link_.common.unreachable.reached();
    if (was_reset) {  // What it had said before may still be read, and is passed on.
        note_end(HowEnded::rst_by_upstream);
        from_.source_lost();
    }
    to_.begin();
    from_.begin();
    client_.watch();
    if (client_.readable()) client_.call_again();  // It was watched before.
    if (upstream_.readable()) upstream_.call_again();
    if (fin_to_) half_close(Direction::to);
    if (fin_from_) half_close(Direction::from);
    return true;
}

void Connection::follow(const LinkRules& rules) {
    filter(rules);
    const auto to = compose(rules, Direction::to, number_);
    const auto from = compose(rules, Direction::from, number_);
    note_faults(rules);
    if ((robbed_to_ && !to.discard) || (robbed_from_ && !from.discard)) {
        note_end(HowEnded::closed_by_fault);
        return close();
    }
    robbed_to_ = to.discard;
    robbed_from_ = from.discard;
    follow_http(http_faults(rules, number_));
    to_.follow(to);
    if (!ended_) from_.follow(from);
    if (!ended_) await(ending(rules, number_, accepted_));
}

// Without faults the bytes go straight on again as soon as nothing is under way.
void Connection::follow_http(http::ArmedFaults faults) {
    if (exchanges_ == nullptr) {
        if (faults.empty()) return;
        exchanges_ = std::make_unique<http::Exchanges>(connected_);
    }
    const bool needed = !faults.empty() || !exchanges_->idle();
    exchanges_->follow(std::move(faults));
    if (!needed) exchanges_.reset();
    to_.translate(needed);
    from_.translate(needed);
}

void Connection::translate(bool to, std::span<const char> bytes) {
    const std::string_view text(bytes.data(), bytes.size());
    take(to ? exchanges_->request(text) : exchanges_->response(text));
}

void Connection::translate_end(bool to) {
    take(to ? exchanges_->request_end() : exchanges_->response_end());
}

void Connection::take(const http::Pieces& pieces) {
    link_.count(pieces.by);
    for (const FaultId id : pieces.by) note_fault(id);
    if (pieces.foreign) ++link_.not_http;
    for (const auto& piece : pieces.to) to_.take(piece);
    for (const auto& piece : pieces.from) from_.take(piece);
    if (!ended_) to_.resume();
}

// Whoever pipelines requests without reading what comes of them has to wait.
bool Connection::crowded() const {
    constexpr std::size_t open_most = 256, queued_most = 256 * 1024;
    return exchanges_->open() >= open_most || from_.queued() >= queued_most;
}

void Connection::filter(const LinkRules& rules) {
    if (!link_.common.filters) return;
    auto to = packets_at(rules, Direction::to, number_);
    auto from = packets_at(rules, Direction::from, number_);
    if (!gates_ && to.loss.none() && from.loss.none()) return;
    if (!gates_) gates_ = std::make_unique<Gates>();
    link_.count(gates_->client.follow(client_.native_handle(), std::move(to)));
    link_.count(gates_->upstream.follow(upstream_.native_handle(), std::move(from)));
}

// A filter that is there before the SYN misses nothing. What fails here fails again when it is
// connected, and is told there.
void Connection::open_upstream(int family) {
    if (!gates_ || upstream_.open(family)) return;
    gates_->upstream.attach(upstream_.native_handle());
}

void Connection::shed_filter() {
    (void)filter_packets(client_.native_handle(), {});
    ask_after_peer(client_.native_handle(), true);
}

void Connection::count_packets() {
    if (!gates_) return;
    link_.count(gates_->client.count(client_.native_handle()));
    link_.count(gates_->upstream.count(upstream_.native_handle()));
}

void Connection::detach_filters() {
    if (!gates_) return;
    link_.count(gates_->client.detach(client_.native_handle()));
    link_.count(gates_->upstream.detach(upstream_.native_handle()));
}

// Sets the timer for the ending there is now, or lets it go.
void Connection::await(const std::optional<Ending>& ending) {
    if (!ending) return timer_.reset();
    if (!timer_) timer_.emplace(client_.get_executor());
    timer_->expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            ending->at.time_since_epoch())));
    timer_->async_wait([this, end = *ending, keep = shared_from_this()](error_code error) {
        if (error || ended_) return;  // Set anew, or over.
        link_.count(end.by);
        if (end.reset) return reset(Direction::both);
        note_end(HowEnded::closed_by_fault);
        close();
    });
}

void Connection::reset(Direction direction) {
    if (ended_) return;
    const auto keep = shared_from_this();
    note_end(HowEnded::rst_by_fault);
    stop_flows();
    count_packets();
    if (direction != Direction::to) client_.close_with_reset();
    if (direction != Direction::from) upstream_.close_with_reset();
    if (client_.is_open()) leave_half_open(client_);
    if (upstream_.is_open()) leave_half_open(upstream_);
    over_when_closed();
}

void Connection::half_close(Direction direction) {
    if (ended_) return;
    const auto keep = shared_from_this();
    const bool to = direction != Direction::from;
    const bool from = direction != Direction::to;
    if (!connected_) {
        fin_to_ = fin_to_ || to;
        fin_from_ = fin_from_ || from;
        return;
    }
    if (to) to_.end_with_fin();
    if (from && !ended_) from_.end_with_fin();
}

void Connection::close() {
    const auto keep = shared_from_this();
    note_end(HowEnded::closed_by_proxy);
    stop_flows();
    detach_filters();
    client_.close();
    upstream_.close();
    over_when_closed();
}

bool Connection::client_gone() {
    tcp_info state{};
    socklen_t size = sizeof(state);
    if (::getsockopt(client_.native_handle(), IPPROTO_TCP, TCP_INFO, &state, &size) != 0) {
        pollfd hung_up{client_.native_handle(), POLLRDHUP, 0};  // A Unix socket.
        return ::poll(&hung_up, 1, 0) != 0;
    }
    return state.tcpi_state != TCP_ESTABLISHED;
}

std::size_t Connection::waiting(Direction direction) const {
    return (direction == Direction::from ? 0 : to_.waiting()) +
           (direction == Direction::to ? 0 : from_.waiting());
}

void Connection::flow_finished() {
    if (ended_) return;
    if (!fin_first_) {
        fin_first_ = to_.finished() ? HowEnded::fin_by_client : HowEnded::fin_by_upstream;
    }
    if (!to_.finished() || !from_.finished()) return;
    note_end(*fin_first_);
    close();
}

void Connection::reset_carried() {
    note_end(!connected_            ? HowEnded::refused
             : to_.source_reset()   ? HowEnded::rst_by_client
             : from_.source_reset() ? HowEnded::rst_by_upstream
                                    : HowEnded::rst_by_fault);
    reset(Direction::both);
}

// What a client has said to an upstream that refuses is read: closing would be an RST else.
void Connection::limit_carried() {
    note_end(connected_ ? HowEnded::limit : HowEnded::refused);
    if (!connected_) client_.drop_received(scratch_.bytes);
    close();
}

// The first cause counts.
void Connection::note_end(HowEnded how) {
    if (record_.ended != HowEnded::open) return;
    record_.ended = how;
    record_.closed = steady_now();
}

void Connection::note_fault(FaultId id) {
    const auto place = std::ranges::lower_bound(record_.faults, id);
    if (place == record_.faults.end() || *place != id) record_.faults.insert(place, id);
}

void Connection::note_faults(const LinkRules& rules) {
    for (const auto& rule : rules) {
        // An HTTP fault has met it when it bites one of its requests; see take().
        if (rule.http == nullptr && touches(rule, number_)) note_fault(rule.id);
    }
}

ConnectionRecord Connection::record() const {
    ConnectionRecord record = record_;
    record.number = number_;
    record.accepted = accepted_;
    record.first_byte = {to_.first_passed_on(), from_.first_passed_on()};
    record.bytes = {to_.passed_on(), from_.passed_on()};
    return record;
}

void Connection::sink_lost(bool to) {
    note_end(to ? HowEnded::rst_by_upstream : HowEnded::rst_by_client);
    if (!ended_) (to ? from_ : to_).source_lost();
}

void Connection::leave_half_open(Socket& survivor) {
    survivor.watch();
    if (survivor.readable()) survivor.call_again();
}

void Connection::hear_half_open(Socket& survivor) {
    if (!survivor.readable()) return;
    error_code error;
    survivor.read(scratch_.bytes, error);
    if (error == net::error::would_block) return;
    if (error == net::error::eof) {
        survivor.close();
    } else {
        survivor.close_with_reset();
    }
    over_when_closed();
}

void Connection::stop_flows() {
    ended_ = true;
    timer_.reset();
    opening_.reset();
    to_.stop();
    from_.stop();
}

void Connection::over_when_closed() {
    if (!client_.is_open() && !upstream_.is_open() && over_) std::exchange(over_, nullptr)(number_);
}

}  // namespace gameday::devices::proxy
