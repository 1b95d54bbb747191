#include "injectors/proxy_server/api/api_server.hpp"

#include "injectors/devices/proxy/relay/flow.hpp"
#include "injectors/proxy_server/api/address.hpp"
#include "injectors/proxy_server/api/api_session.hpp"
#include "injectors/proxy_server/api/change.hpp"

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <random>
#include <thread>
#include <utility>

namespace gameday::proxy_server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto accept_retry = 50ms;  // when descriptors have run out

Error cannot_listen(const ServerSettings& settings, const std::string& why) {
    return refused(
        "cannot listen on {}:{}: {}; stop what listens there, or give another --port or --host",
        settings.host, settings.port, why);
}

// The first address of the host, those of IPv4 before those of IPv6, as Go does.
Result<tcp::endpoint> resolve(asio::io_context& context, const ServerSettings& settings) {
    const std::string host = plain({settings.host, settings.port}).address;
    tcp::resolver resolver(context);
    error_code error;
    const auto found = resolver.resolve(host, std::to_string(settings.port), error);
    if (error || found.empty()) {
        return invalid("cannot resolve --host {}: {}; write a name or address of this machine",
                       settings.host, error ? error.message() : "no address");
    }
    for (const auto& each : found) {
        if (each.endpoint().address().is_v4()) return each.endpoint();
    }
    return found.begin()->endpoint();
}

Result<void> check_token(const ServerSettings& settings, const tcp::endpoint& endpoint) {
    if (is_loopback(endpoint.address().to_string()) || !settings.api.token.empty()) return {};
    return refused(
        "--host {} can be reached from other machines, and whoever reaches it can open ports here: "
        "give --token TOKEN or set GAMEDAY_PROXY_TOKEN, or listen on localhost",
        settings.host);
}

}  // namespace

// Not in the unnamed namespace: ApiServer::State is a template over it.
struct TcpStream : boost::beast::tcp_stream {
    explicit TcpStream(tcp::socket socket) : boost::beast::tcp_stream(std::move(socket)) {}
    void shutdown_send() {
        error_code ignored;  // if the client is gone, reading says so
        socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
    void shutdown_and_close() {
        error_code ignored;  // closing is all that is left to do with it
        socket().shutdown(tcp::socket::shutdown_both, ignored);
        close();
    }
};

struct ApiServer::State final : SessionHost<TcpStream> {
    State(ServerSettings chosen, ProxyTable proxies, DataPlane& carrier)
        : settings(std::move(chosen)), book(std::move(proxies)), plane(carrier) {}

    Response answer(const Request& request) override;
    std::string next_id() override { return fmt::format("{:08x}{:012x}", run, ++requests); }

    ServerSettings settings;
    ProxyTable book;
    DataPlane& plane;
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    asio::steady_timer retry{io};
    asio::steady_timer expiry{io};  // of the lease that runs out first
    std::uint32_t run = std::random_device{}();
    std::uint64_t requests = 0;
    bool stopping = false;
    std::thread thread;

    void accept();
    void stop();
    void expire_leases();
};

void ApiServer::State::accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
        if (stopping) return;
        if (!error) {
            error_code ignored;  // slower answers are no reason to give none
            socket.set_option(tcp::no_delay(true), ignored);
            std::make_shared<ApiSession<TcpStream>>(TcpStream(std::move(socket)), *this)->begin();
            return accept();
        }
        retry.expires_after(accept_retry);
        retry.async_wait([this](error_code stopped) {
            if (!stopped) accept();
        });
    });
}

// A lease that has run out is not there any more for the request, even if its timer is late.
Response ApiServer::State::answer(const Request& request) {
    expire_leases();
    auto response = handle(request, book, plane, settings.api);
    expire_leases();
    return response;
}

void ApiServer::State::expire_leases() {
    for (const auto& line : expire(devices::proxy::steady_now(), book, plane)) settings.say(line);
    const auto next = next_expiry(book.leases);
    if (!next) return;
    expiry.expires_at(std::chrono::steady_clock::time_point(next->time_since_epoch()));
    expiry.async_wait([this](error_code cancelled) {
        if (!cancelled && !stopping) expire_leases();
    });
}

void ApiServer::State::stop() {
    stopping = true;
    error_code ignored;  // it is over either way
    acceptor.close(ignored);
    retry.cancel();
    expiry.cancel();
    for (auto* session : sessions) session->close();
}

Result<std::unique_ptr<ApiServer>> ApiServer::start(const ServerSettings& settings, ProxyTable book,
                                                    DataPlane& plane) {
    auto state = std::make_unique<State>(settings, std::move(book), plane);
    const auto endpoint = resolve(state->io, settings);
    if (!endpoint) return endpoint.error();
    if (auto allowed = check_token(settings, *endpoint); !allowed) return allowed.error();
    error_code error;
    auto& acceptor = state->acceptor;
    acceptor.open(endpoint->protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(*endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return cannot_listen(settings, error.message());
    state->accept();
    state->thread = std::thread([run = state.get()] { run->io.run(); });
    return std::unique_ptr<ApiServer>(new ApiServer(std::move(state)));
}

ApiServer::ApiServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ApiServer::~ApiServer() {
    asio::post(state_->io, [state = state_.get()] { state->stop(); });
    state_->thread.join();
}

std::string ApiServer::address() const {
    error_code ignored;  // it is bound
    const auto endpoint = state_->acceptor.local_endpoint(ignored);
    return Endpoint{endpoint.address().to_string(), endpoint.port()}.text();
}

}  // namespace gameday::proxy_server
