#include "injectors/devices/proxy/relay/hop.hpp"

#include "injectors/devices/proxy/relay/shard.hpp"

#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

constexpr auto accept_retry = std::chrono::milliseconds(50);  // when descriptors have run out
constexpr int accepts_in_a_row = 32;                          // before connections have their turn

// A storm strikes those it has chosen, and some of them later.
bool strikes_now(const FaultRule& fault, std::uint64_t connection) {
    if (fault.rule.storm == Storm{}) return true;
    const auto strike = fault.strikes.find(connection);
    return strike != fault.strikes.end() && strike->second == Duration{};
}

}  // namespace

Hop::Hop(Shard& shard, LinkCommon& common, int listener)
    : poller_(shard.poller()),
      scratch_(shard.scratch()),
      state_{common},
      resolver_(shard.context()),
      acceptor_(shard.context().get_executor()),
      retry_(shard.context().get_executor()) {
    listen_with(listener);
}

void Hop::listen_with(int listener) {
    error_code ignored;  // A listener that does not work accepts nobody.
    acceptor_.close(ignored);
    // Only opening and accepting by Asio would ask for the protocol.
    acceptor_.assign(net::generic::stream_protocol(AF_UNSPEC, 0), listener, ignored);
    acceptor_.non_blocking(true, ignored);
}

StreamAddress Hop::listens_at() const {
    error_code error;
    return acceptor_.local_endpoint(error);
}

void Hop::start() {
    listening_ = true;
    accept_next();
}

void Hop::stop_accepting() {
    listening_ = false;
    error_code ignored;
    acceptor_.cancel(ignored);
}

void Hop::close() {
    listening_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    close_connections();
}

void Hop::close_connections() {
    for (const auto& connection : live()) connection->close();
}

// Waits and then accepts, rather than to wait for an accept: a client that had been accepted, but
// whose handler was still to run, would belong to neither side of a change of rules.
void Hop::accept_next() {
    if (accepting_ || !listening_) return;
    accepting_ = true;
    acceptor_.async_wait(Acceptor::wait_read, [this](error_code error) {
        accepting_ = false;
        if (!error && !take_clients(accepts_in_a_row)) return accept_later();
        accept_next();
    });
}

void Hop::accept_later() {
    retrying_ = true;
    retry_.expires_after(accept_retry);
    retry_.async_wait([this](error_code stopped) {
        retrying_ = false;
        if (!stopped) accept_next();
    });
}

// False when descriptors have run out, or memory.
bool Hop::take_clients(int most) {
    for (; listening_ && most > 0; --most) {
        const int taken =
            ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (taken >= 0) {
            accepted(taken);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            return false;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return true;
        }
    }
    return true;
}

void Hop::accepted(int client) {
    const std::uint64_t number = state_.common.next_number++;
    const auto connection = std::make_shared<Connection>(
        poller_, client, number, state_, scratch_, [this](std::uint64_t gone) { over(gone); });
    connections_.emplace(number, connection);
    if (gate_was_closed_) connection->shed_filter();
    if (!state_.common.rules.empty()) return admit_first(connection);
    dial(connection);
}

void Hop::over(std::uint64_t number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    log_.add(found->second->record());
    connections_.erase(found);
}

void Hop::add_records(std::vector<ConnectionRecord>& records) const {
    records.insert(records.end(), log_.records().begin(), log_.records().end());
    add_live(records);
}

void Hop::add_live(std::vector<ConnectionRecord>& records) const {
    for (const auto& [number, connection] : connections_) records.push_back(connection->record());
}

void Hop::filter_listener(const LinkRules& rules) {
    if (!state_.common.filters) return;
    auto rule = packets_at_listener(rules);
    gate_was_closed_ = gate_was_closed_ || !rule.loss.none();
    state_.count(gate_.follow(acceptor_.native_handle(), std::move(rule)));
}

void Hop::add_met(const FaultRule& fault, std::vector<std::uint64_t>& numbers) const {
    for (const auto& [number, connection] : connections_) {
        if (meets(fault, number)) numbers.push_back(number);
    }
}

void Hop::count_packets() {
    if (!acceptor_.is_open()) return;
    state_.count(gate_.count(acceptor_.native_handle()));
    for (const auto& [number, connection] : connections_) connection->count_packets();
}

void Hop::take_waiting_clients() { take_clients(std::numeric_limits<int>::max()); }

void Hop::admit_first(const std::shared_ptr<Connection>& connection) {
    const Admission admission = admit(state_.common.rules, connection->number());
    state_.count(admission.by);
    connection->note_faults(state_.common.rules);
    if (admission.answer == Admission::Answer::reset) return connection->reset(admission.direction);
    for (const Direction way : {Direction::to, Direction::from}) {
        const auto by = half_closes(state_.common.rules, way, connection->number());
        state_.count(by);
        if (!by.empty()) connection->half_close(way);
    }
    connection->follow(state_.common.rules);
    if (admission.answer == Admission::Answer::pass) return dial(connection);
    drop_held_without_client();
}

// Lets go whom no black hole meets any more. The other cuts on new connections do not count here:
// these have been accepted.
void Hop::admit_held() {
    for (const auto& connection : live()) {
        if (!connection->held() || holds(state_.common.rules, connection->number())) continue;
        if (connection->client_gone()) {
            connection->close();
        } else {
            dial(connection);
        }
    }
}

// Clients give up and come again; theirs would fill the table of descriptors. Looks whenever the
// number has doubled.
void Hop::drop_held_without_client() {
    if (connections_.size() < held_at_sweep_) return;
    for (const auto& connection : live()) {
        if (connection->held() && connection->client_gone()) connection->close();
    }
    held_at_sweep_ = std::max<std::size_t>(64, 2 * connections_.size());
}

void Hop::apply() {
    for (const auto& connection : live()) connection->follow(state_.common.rules);
    admit_held();
}

// What a new rule does to the connections that are there already.
void Hop::bite_at_once(const FaultRule& fault) {
    state_.bites.try_emplace(fault.id, 0);
    for (const auto& connection : live()) {
        if (!meets(fault, connection->number())) continue;
        if (!fault.rule.http && touches(fault, connection->number())) {
            connection->note_fault(fault.id);
        }
        switch (fault.rule.cut) {
            case Cut::none:
            case Cut::refuse: break;
            case Cut::hold:
            case Cut::blackhole: {
                const auto waiting = connection->waiting(fault.rule.direction);
                state_.count({fault.id},
                             static_cast<std::int64_t>(waiting) + (connection->held() ? 1 : 0));
                break;
            }
            case Cut::reset:
                if (!strikes_now(fault, connection->number())) break;
                state_.count({fault.id});
                connection->reset(fault.rule.direction);
                break;
            case Cut::half_close:
                state_.count({fault.id});
                connection->half_close(fault.rule.direction);
                break;
        }
    }
}

std::vector<std::shared_ptr<Connection>> Hop::live() const {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [number, connection] : connections_) all.push_back(connection);
    return all;
}

}  // namespace gameday::devices::proxy
