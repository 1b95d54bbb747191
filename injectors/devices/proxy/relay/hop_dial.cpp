// Hop: whom a new connection is led to, and what TLS has to do with it.
#include "injectors/devices/proxy/net/system_error.hpp"
#include "injectors/devices/proxy/relay/hop.hpp"
#include "injectors/devices/proxy/tls/endpoint/identity.hpp"
#include "injectors/devices/proxy/tls/endpoint/trust.hpp"

#include <string>
#include <utility>

namespace gameday::devices::proxy {

using boost::system::error_code;

namespace {

// Whether what the client says first decides anything.
bool needs_hello(const LinkCommon& common, std::uint64_t connection) {
    const auto& tls = common.tls;
    if (tls != nullptr && (tls->identity != nullptr || !tls->routing.routes.empty())) return true;
    return tls_fault(common.rules, connection).has_value();
}

}  // namespace

// What is called back here is called only while the connection is not over, and so while the hop
// is there.
void Hop::dial(const std::shared_ptr<Connection>& connection) {
    if (!needs_hello(state_.common, connection->number())) {
        return dial(connection, state_.common.target, state_.common.target_address);
    }
    connection->hear_hello([this, waiting = connection.get()](const tls::ClientHello& hello) {
        answer(waiting->shared_from_this(), hello);
    });
}

void Hop::answer(const std::shared_ptr<Connection>& connection, const tls::ClientHello& hello) {
    const auto fault = tls_fault(state_.common.rules, connection->number());
    if (!fault) return route(connection, hello, std::nullopt);
    const auto& tls = state_.common.tls;
    const bool shows = tls != nullptr && tls->identity != nullptr;
    const bool is_tls = hello.kind == tls::ClientHello::Kind::whole;
    if (!is_tls || (!shows && tls::is_of_certificate(fault->fault))) {
        return route(connection, hello, std::nullopt);
    }
    state_.count({fault->by});
    connection->note_fault(fault->by);
    if (fault->fault == tls::Fault::reset) return connection->reset(Direction::both);
    if (fault->fault == tls::Fault::stall) return connection->stall();
    route(connection, hello, fault->fault);
}

void Hop::route(const std::shared_ptr<Connection>& connection, const tls::ClientHello& hello,
                std::optional<tls::Fault> fault) {
    using Otherwise = tls::Routing::Otherwise;
    const auto settings = state_.common.tls;
    const bool is_tls = hello.kind == tls::ClientHello::Kind::whole;
    const bool routed = settings != nullptr && !settings->routing.routes.empty();
    const auto* route =
        routed && is_tls ? tls::find_route(settings->routing, hello.server_name) : nullptr;
    const auto otherwise = routed ? settings->routing.otherwise : Otherwise::upstream;
    if (route == nullptr && otherwise == Otherwise::unrecognized_name && is_tls) {
        return connection->answer_and_close(tls::unrecognized_name_alert());
    }
    if (route == nullptr && otherwise != Otherwise::upstream) {
        return connection->reset(Direction::both);
    }
    terminate(connection, hello.server_name, fault, [this, settings, route, at = connection.get()] {
        const auto dialling = at->shared_from_this();
        if (route != nullptr) return dial(dialling, route->target, address_of(route->target));
        dial(dialling, state_.common.target, state_.common.target_address);
    });
}

void Hop::terminate(const std::shared_ptr<Connection>& connection, const std::string& name,
                    std::optional<tls::Fault> fault, std::function<void()> done) {
    const auto& tls = state_.common.tls;
    if (tls == nullptr || tls->identity == nullptr) return done();
    const auto asked = name.empty() ? connection->local_host() : name;
    connection->terminate(tls->identity->session(asked, fault), std::move(done));
}

void Hop::dial(const std::shared_ptr<Connection>& connection, const Endpoint& target,
               const std::optional<StreamAddress>& address) {
    const auto& tls = state_.common.tls;
    if (tls != nullptr && tls->trust != nullptr) {
        const bool has_host = !unix_path(target.address).has_value();
        connection->encrypt_upstream(
            tls->trust->session(has_host ? target.address : "localhost", connection->protocol()));
    }
    if (address) return connection->dial(*address);
    connection->looks_up();
    // Without `this`: a look-up may outlive the hop.
    resolver_.async_resolve(
        target.address, std::to_string(target.port),
        [connection, host = target.address](error_code error, const auto& found) {
            if (error) {
                return connection->cannot_dial("lookup " + host + ": " + words_of(error));
            }
            std::vector<StreamAddress> targets;
            for (const auto& each : found) targets.emplace_back(each.endpoint());
            connection->dial(std::move(targets));
        });
}

}  // namespace gameday::devices::proxy
