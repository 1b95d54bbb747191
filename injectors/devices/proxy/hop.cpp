#include "injectors/devices/proxy/hop.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

constexpr auto accept_retry = std::chrono::milliseconds(50);  // when descriptors have run out

Error cannot_open(const net::ip::tcp::endpoint& listen, const error_code& error) {
    const auto where = fmt::format("{}:{}", listen.address().to_string(), listen.port());
    if (error == net::error::address_in_use) {
        return {ErrorCode::refused, fmt::format("{} is taken: stop what listens there, or give the "
                                                "link another listen address",
                                                where)};
    }
    return {ErrorCode::refused, fmt::format("cannot listen on {}: {}", where, error.message())};
}

}  // namespace

Hop::Hop(net::io_context& context, Scratch& scratch, std::string link, std::uint64_t seed)
    : scratch_(scratch),
      resolver_(context),
      acceptor_(context.get_executor()),
      retry_(context.get_executor()) {
    state_.name = std::move(link);
    state_.seed = seed;
}

Result<void> Hop::open(const net::ip::tcp::endpoint& listen, const net::ip::tcp::endpoint& target) {
    const auto error = try_open(listen, {target.address().to_string(), target.port()});
    if (error) return cannot_open(listen, error);
    return {};
}

error_code Hop::try_open(const net::ip::tcp::endpoint& listen, const Endpoint& target) {
    aim(target);
    error_code error;
    acceptor_.open(listen.protocol(), error);
    if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
    // A listener that is shut down keeps its port only when it was bound to that port by number.
    Acceptor chooser(acceptor_.get_executor());
    auto at = listen;
    if (!error && at.port() == 0) {
        chooser.open(at.protocol(), error);
        if (!error) chooser.set_option(Acceptor::reuse_address(true), error);
        if (!error) chooser.bind(at, error);
        if (!error) at = chooser.local_endpoint(error);
    }
    if (!error) acceptor_.bind(at, error);
    if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
    if (!error) acceptor_.non_blocking(true, error);
    return error;
}

void Hop::aim(const Endpoint& target) {
    target_ = target;
    error_code error;  // A name, then.
    const auto address = net::ip::make_address(target.address, error);
    target_address_ =
        error ? net::ip::tcp::endpoint() : net::ip::tcp::endpoint(address, target.port);
}

net::ip::tcp::endpoint Hop::listens_at() const {
    error_code error;
    return acceptor_.local_endpoint(error);
}

void Hop::start() {
    listening_ = true;
    open_or_close_listener();  // A rule that refuses may be there already.
    accept_next();
}

void Hop::close() {
    listening_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (const auto& connection : live()) connection->close();
}

void Hop::set(FaultId id, const Rule& rule, const Twist& twist) {
    take_waiting_clients();
    const FaultRule fault{id, rule, next_number_, twist, steady_now()};
    const auto place = std::ranges::lower_bound(rules_, id, {}, &FaultRule::id);
    if (place != rules_.end() && place->id == id) {
        *place = fault;
    } else {
        rules_.insert(place, fault);
    }
    state_.bites.try_emplace(id, 0);
    bite_at_once(fault);
    apply();
}

void Hop::clear(FaultId id) {
    if (std::erase_if(rules_, [id](const FaultRule& fault) { return fault.id == id; }) > 0) apply();
}

std::optional<std::int64_t> Hop::bites(FaultId id) const {
    const auto found = state_.bites.find(id);
    if (found == state_.bites.end()) return std::nullopt;
    return found->second;
}

void Hop::accept_next() {
    if (accepting_ || !listening_) return;
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, Socket client) {
        accepting_ = false;
        if (!error) accepted(std::move(client));
        if (error == net::error::no_descriptors || error == net::error::no_buffer_space ||
            error == net::error::no_memory || error.value() == ENFILE) {
            retry_.expires_after(accept_retry);
            retrying_ = true;
            retry_.async_wait([this](error_code stopped) {
                retrying_ = false;
                if (!stopped) accept_next();
            });
            return;
        }
        accept_next();
    });
}

void Hop::accepted(Socket client) {
    const std::uint64_t number = next_number_++;
    const auto connection =
        std::make_shared<Connection>(std::move(client), number, state_, scratch_,
                                     [this](std::uint64_t gone) { connections_.erase(gone); });
    connections_.emplace(number, connection);
    if (!rules_.empty()) return admit_first(connection);
    dial(connection);
}

void Hop::dial(const std::shared_ptr<Connection>& connection) {
    if (target_address_.port() != 0) return connection->dial(target_address_);
    connection->looks_up();
    // Without `this`: a look-up may outlive the hop.
    resolver_.async_resolve(target_.address, std::to_string(target_.port),
                            [connection](error_code error, const auto& found) {
                                if (error || found.empty()) {
                                    connection->reset(Direction::both);
                                } else {
                                    connection->dial(found.begin()->endpoint());
                                }
                            });
}

// Those whom the kernel has connected already are older than the rule about to come.
void Hop::take_waiting_clients() {
    while (listening_) {
        error_code error;
        Socket client(acceptor_.get_executor());
        acceptor_.accept(client, error);
        if (error) return;
        accepted(std::move(client));
    }
}

void Hop::admit_first(const std::shared_ptr<Connection>& connection) {
    const Admission admission = admit(rules_, connection->number());
    state_.count(admission.by);
    if (admission.answer == Admission::Answer::reset) return connection->reset(admission.direction);
    for (const Direction way : {Direction::to, Direction::from}) {
        const auto by = half_closes(rules_, way, connection->number());
        state_.count(by);
        if (!by.empty()) connection->half_close(way);
    }
    connection->follow(rules_);
    if (admission.answer == Admission::Answer::pass) return dial(connection);
    drop_held_without_client();
}

// Lets go whom no black hole meets any more. The other cuts on new connections do not count here:
// these have been accepted.
void Hop::admit_held() {
    for (const auto& connection : live()) {
        if (!connection->held() || holds(rules_, connection->number())) continue;
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
    open_or_close_listener();
    for (const auto& connection : live()) connection->follow(rules_);
    admit_held();
}

// What a new rule does to the connections that are there already.
void Hop::bite_at_once(const FaultRule& fault) {
    for (const auto& connection : live()) {
        if (!meets(fault, connection->number())) continue;
        switch (fault.rule.cut) {
            case Cut::none:
            case Cut::refuse: break;
            case Cut::blackhole: {
                const auto waiting = connection->waiting(fault.rule.direction);
                state_.count({fault.id},
                             static_cast<std::int64_t>(waiting) + (connection->held() ? 1 : 0));
                break;
            }
            case Cut::reset:
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

// Refusing needs a port that is bound but does not listen. shutdown(2) makes a Linux listener that
// (tcp_disconnect keeps a port that was bound by address), so nobody can take the port meanwhile.
void Hop::open_or_close_listener() {
    const bool wanted = !refuses(rules_);
    if (wanted == listening_) return;
    error_code error;
    if (!wanted) {
        listening_ = false;
        acceptor_.cancel(error);
        ::shutdown(acceptor_.native_handle(), SHUT_RD);
        return;
    }
    acceptor_.listen(net::socket_base::max_listen_connections, error);
    listening_ = true;
    accept_next();
}

std::vector<std::shared_ptr<Connection>> Hop::live() const {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [number, connection] : connections_) all.push_back(connection);
    return all;
}

}  // namespace gameday::devices::proxy
